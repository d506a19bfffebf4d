#include "tools/report/follower.h"

#include "tests/tools/report/report_testing.h"
#include "tools/report/visit_line.h"

namespace abm::report {
namespace {

using testing::Folder;

std::vector<std::string> what_is_there(Follower& follower) {
  std::vector<std::string> lines;
  std::string_view line;
  for (;;) {
    const auto more = follower.next(line);
    EXPECT_TRUE(more.ok()) << more.message();
    if (!more || !*more) return lines;
    lines.emplace_back(line);
  }
}

using Lines = std::vector<std::string>;

TEST(Follower, WaitsForTheLogAndForTheEndOfHalfALine) {
  const Folder folder;
  Follower follower(folder / "log");
  EXPECT_EQ(what_is_there(follower), Lines{});
  folder.append("log", "one\ntw");
  EXPECT_EQ(what_is_there(follower), Lines{"one"});
  folder.append("log", "o\n");
  EXPECT_EQ(what_is_there(follower), Lines{"two"});
}

TEST(Follower, ReadsARotatedLogToItsEndBeforeTheNewOne) {
  const Folder folder;
  folder.append("log", "one\n");
  Follower follower(folder / "log");
  EXPECT_EQ(what_is_there(follower), Lines{"one"});
  folder.append("log", "two\n");
  std::filesystem::rename(folder / "log", folder / "log.1");
  folder.append("log.1", "three\n");  // until nginx reopens
  EXPECT_EQ(what_is_there(follower), (Lines{"two", "three"}));
  folder.append("log", "four\n");
  EXPECT_EQ(what_is_there(follower), Lines{"four"});
}

TEST(Follower, BeginsAnewWhenTheLogWasEmptied) {
  const Folder folder;
  folder.append("log", "one\ntwo\n");
  Follower follower(folder / "log");
  EXPECT_EQ(what_is_there(follower), (Lines{"one", "two"}));
  folder.write("log", "three\n");
  EXPECT_EQ(what_is_there(follower), Lines{"three"});
}

TEST(Follower, LeavesOutWhatIsThereWhenAsked) {
  const Folder folder;
  folder.append("log", "one\n");
  Follower follower(folder / "log");
  ASSERT_TRUE(follower.skip_to_end().ok());
  folder.append("log", "two\n");
  EXPECT_EQ(what_is_there(follower), Lines{"two"});
}

TEST(Follower, LeavesOutLinesThatAreTooLong) {
  const Folder folder;
  folder.append("log", std::string(3 * kMaxLineBytes, 'x'));
  Follower follower(folder / "log");
  EXPECT_EQ(what_is_there(follower), Lines{});
  folder.append("log", "x\nnext\n");
  EXPECT_EQ(what_is_there(follower), Lines{"next"});
}

}  // namespace
}  // namespace abm::report
