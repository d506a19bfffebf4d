// Which lines of which files are read: rotated, copied, compressed, half written, named twice.
#include "measure/engagement/fold_logs.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDay;
using testing::Load;

/// `count` lines whose requests begin at `first`.
std::string some_lines(uint64_t first, uint64_t count) {
  std::string text;
  for (uint64_t i = first; i < first + count; ++i)
    text += Load{.day = kDay, .path = "/" + std::to_string(i), .request = i}.text();
  return text;
}

class FoldLogs : public ::testing::Test {
 protected:
  FoldLogs() { reopen(); }

  void reopen() {
    store_.reset();
    auto store = EngagementStore::open(folder_ / "engagement.db", [](std::string_view) {});
    ASSERT_TRUE(store.ok()) << store.message();
    store_ = std::make_unique<EngagementStore>(std::move(*store));
  }
  FoldCounts fold(std::vector<std::string> patterns = {"visits.jsonl*"},
                  std::function<bool()> stop = nullptr) {
    notes_.clear();
    FoldOptions options;
    options.folder = fs::path(folder_ / "x").parent_path();
    options.patterns = std::move(patterns);
    options.note = [this](std::string_view note) { notes_.emplace_back(note); };
    options.stop = std::move(stop);
    const auto counts = fold_logs(*store_, options);
    EXPECT_TRUE(counts.ok()) << counts.message();
    return counts.ok() ? *counts : FoldCounts();
  }
  int64_t visits() { return **store_->database().number("SELECT count(*) FROM visit"); }

  Folder folder_;
  std::unique_ptr<EngagementStore> store_;
  std::vector<std::string> notes_;
};

TEST_F(FoldLogs, ReadsOnWhereItWas) {
  folder_.write("visits.jsonl", some_lines(0, 100));
  EXPECT_EQ(fold().counted, 100u);
  EXPECT_EQ(fold().lines, 0u);
  folder_.append("visits.jsonl", some_lines(100, 5));
  reopen();
  const FoldCounts counts = fold();
  EXPECT_EQ(counts.lines, 5u);
  EXPECT_EQ(counts.counted, 5u);
}

TEST_F(FoldLogs, LeavesALineThatIsStillBeingWritten) {
  const std::string last = some_lines(7, 1);
  folder_.write("visits.jsonl", some_lines(0, 3) + last.substr(0, 200));
  EXPECT_EQ(fold().counted, 3u);
  folder_.append("visits.jsonl", last.substr(200));
  const FoldCounts counts = fold();
  EXPECT_EQ(counts.lines, 1u);
  EXPECT_EQ(counts.counted, 1u);
  EXPECT_EQ(counts.all_damaged(), 0u);
}

TEST_F(FoldLogs, FollowsRotationByRename) {
  folder_.write("visits.jsonl", some_lines(0, 50));
  fold();
  folder_.append("visits.jsonl", some_lines(50, 10));
  fs::rename(folder_ / "visits.jsonl", folder_ / "visits.jsonl.1");
  folder_.write("visits.jsonl", some_lines(60, 10));
  const FoldCounts counts = fold();
  EXPECT_EQ(counts.lines, 20u);  // not 70
  EXPECT_EQ(counts.counted, 20u);
}

TEST_F(FoldLogs, FollowsCopyTruncate) {
  folder_.write("visits.jsonl", some_lines(0, 50));
  fold();
  folder_.append("visits.jsonl", some_lines(50, 10));
  fs::copy_file(folder_ / "visits.jsonl", folder_ / "visits.jsonl.1");
  fs::resize_file(folder_ / "visits.jsonl", 0);
  folder_.append("visits.jsonl", some_lines(60, 100));
  const FoldCounts counts = fold();
  EXPECT_EQ(counts.counted, 110u);
  EXPECT_EQ(visits(), 160);
}

TEST_F(FoldLogs, KnowsACopyByItsBytes) {
  folder_.write("visits.jsonl", some_lines(0, 50));
  fold();
  fs::copy_file(folder_ / "visits.jsonl", folder_ / "visits.jsonl.1");
  EXPECT_EQ(fold().lines, 0u);
  folder_.append("visits.jsonl.1", some_lines(50, 1));
  EXPECT_EQ(fold().lines, 1u);
}

TEST_F(FoldLogs, ReadsCompressedLogsOnceAndCountsTheirLinesOnce) {
  folder_.write("visits.jsonl", some_lines(0, 50));
  fold();
  folder_.write("visits.jsonl.2.gz", testing::gzipped(some_lines(0, 60)));
  const FoldCounts counts = fold();
  EXPECT_EQ(counts.known, 50u);
  EXPECT_EQ(counts.counted, 10u);
  EXPECT_EQ(fold().lines, 0u);
  reopen();
  fs::rename(folder_ / "visits.jsonl.2.gz", folder_ / "visits.jsonl.3.gz");
  EXPECT_EQ(fold().lines, 0u);
}

TEST_F(FoldLogs, NotesACompressedLogThatIsCutOffAndReadsItAgainWhenItChanges) {
  const std::string whole = testing::gzipped(some_lines(0, 3000));
  folder_.write("visits.jsonl.gz", whole.substr(0, whole.size() / 2));
  const FoldCounts counts = fold();
  EXPECT_GT(counts.counted, 0u);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("cut off")));
  folder_.write("visits.jsonl.gz", whole);
  fold();
  EXPECT_THAT(notes_, IsEmpty());
  EXPECT_EQ(visits(), 3000);
}

TEST_F(FoldLogs, ReadsALogThatWasOverwrittenFromItsStart) {
  folder_.write("visits.jsonl", some_lines(0, 50));
  fold();
  folder_.write("visits.jsonl", some_lines(100, 80));
  EXPECT_EQ(fold().counted, 80u);
}

TEST_F(FoldLogs, ReadsWhatSeveralPatternsNameOnce) {
  folder_.write("visits.jsonl", some_lines(0, 5));
  EXPECT_EQ(fold({"visits.jsonl", "*.jsonl"}).lines, 5u);
}

TEST_F(FoldLogs, NotesWhatItCannotReadAndReadsTheRest) {
  folder_.write("visits.jsonl", some_lines(0, 5));
  ASSERT_EQ(::symlink("/nonexistent/abm", (folder_ / "visits.jsonl.9").c_str()), 0);
  EXPECT_EQ(fold({"visits.jsonl*", "other*"}).counted, 5u);
  EXPECT_THAT(notes_,
              ElementsAre(HasSubstr("visits.jsonl.9"), HasSubstr("visits: 'other*' names no file yet")));
}

TEST_F(FoldLogs, GoesOnAfterAStopWhereItWas) {
  constexpr uint64_t kLines = 300'000;  // more than a batch
  folder_.write("visits.jsonl", some_lines(0, kLines));
  int asked = 0;
  const FoldCounts first = fold({"visits.jsonl"}, [&asked] { return ++asked == 2; });
  EXPECT_GT(first.lines, 0u);
  EXPECT_LT(first.lines, kLines);
  reopen();
  const FoldCounts rest = fold();
  EXPECT_EQ(first.lines + rest.lines, kLines);
  EXPECT_EQ(visits(), static_cast<int64_t>(kLines));
}

TEST_F(FoldLogs, ReadsAHundredRotatedLogsAgainOnlyIfTheyChange) {
  for (uint64_t i = 0; i < 100; ++i)
    folder_.write("visits.jsonl." + std::to_string(i), some_lines(i * 10, 10));
  EXPECT_EQ(fold().counted, 1000u);
  for (uint64_t i = 99; i-- > 0;) {
    fs::rename(folder_ / ("visits.jsonl." + std::to_string(i)),
               folder_ / ("visits.jsonl." + std::to_string(i + 1)));
  }
  folder_.write("visits.jsonl.0", some_lines(5000, 1));
  EXPECT_EQ(fold().lines, 1u);
}

TEST(EngagementStore, SetsAFileAsideThatIsDamagedAndMakesItAgain) {
  const Folder folder;
  const std::string path = folder / "engagement.db";
  folder.write("engagement.db", std::string(8192, 'x'));
  testing::World world("engagement: { visits: v }\n", path);
  ASSERT_EQ(world.notes().size(), 1u);
  EXPECT_THAT(world.notes()[0], HasSubstr("engagement.db.damaged-1; visits are read again from their start"));
  EXPECT_TRUE(fs::exists(path + ".damaged-1"));
  world.fold(std::vector<Load>{{.day = kDay}});
  EXPECT_EQ(world.of("deere", kDay).activity.visits_30d, 1u);
}

TEST(EngagementStore, SavesTheJournalOfAFileWhoseVisitsTurnOutToBeDamaged) {
  const Folder folder;
  const std::string path = folder / "engagement.db";
  int64_t root = 0;
  {
    testing::World world("engagement: { visits: v }\n", path);
    world.fold(std::vector<Load>{{.day = kDay}});
    world.list(kDay, {testing::listed("deere", accounts::Tier::kOneToFew)});
    root = **world.store().database().number("SELECT rootpage FROM sqlite_schema WHERE name = 'visit'");
    ASSERT_TRUE(world.store().database().execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((root - 1) * 4096);
    file << std::string(4096, 'x');
  }
  auto store = EngagementStore::open(path, [](std::string_view) {});
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_FALSE(store->database().number("SELECT count(person) FROM visit").ok());
  EXPECT_TRUE(store->damaged());
  // SQLite forgets it with the next call that goes well.
  EXPECT_TRUE(store->database().execute("BEGIN; ROLLBACK").ok());
  EXPECT_TRUE(store->damaged());
  std::string note;
  store = EngagementStore::open(
      path, [&note](std::string_view text) { note = text; }, true);
  ASSERT_TRUE(store.ok()) << store.message();
  EXPECT_THAT(note, HasSubstr("3 entries of the account list's journal were saved"));
  EXPECT_EQ(**store->database().number("SELECT count(*) FROM listed"), 3);
  EXPECT_EQ(**store->database().number("SELECT count(*) FROM visit"), 0);
}

TEST(EngagementStore, IsForItsOwnerOnly) {
  const Folder folder;
  testing::World world("engagement: { visits: v }\n", folder / "engagement.db");
  world.fold(std::vector<Load>{{.day = kDay}});
  for (const char* name : {"engagement.db", "engagement.db-wal"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

TEST(EngagementStore, RefusesADatabaseOfAnotherProgramOrVersion) {
  const Folder folder;
  {
    auto other = Database::open(folder / "other.db");
    ASSERT_TRUE(other.ok());
    ASSERT_TRUE(other->execute("CREATE TABLE t (a)").ok());
  }
  const auto note = [](std::string_view) {};
  EXPECT_THAT(EngagementStore::open(folder / "other.db", note).message(), HasSubstr("not one of engagement"));
  {
    auto store = EngagementStore::open(folder / "later.db", note);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE(store->database().execute("PRAGMA user_version = 99").ok());
  }
  EXPECT_THAT(EngagementStore::open(folder / "later.db", note).message(), HasSubstr("has version 99"));
  EXPECT_FALSE(fs::exists(folder / "later.db.damaged-1"));
}

TEST(EngagementStore, RefusesToGoOnWhenAnotherProcessHasForgottenAllVisits) {
  const Folder folder;
  const std::string path = folder / "engagement.db";
  testing::World one("engagement: { visits: v }\n", path), other("engagement: { visits: v }\n", path);
  one.fold(std::vector<Load>{{.account = "deere", .day = kDay}});
  ASSERT_TRUE(other.store().begin().ok());
  ASSERT_TRUE(other.store().clear_visits().ok());
  ASSERT_TRUE(other.store().commit().ok());
  other.fold(std::vector<Load>{{.account = "kuka", .day = kDay}});  // kuka has the number that deere had
  EXPECT_THAT(one.store().begin().message(), HasSubstr("--rebuild"));
  one.reopen();
  one.fold(std::vector<Load>{{.account = "deere", .day = kDay}});
  EXPECT_EQ(one.of("deere", kDay).activity.visits_30d, 1u);
  EXPECT_EQ(one.of("kuka", kDay).activity.visits_30d, 1u);
  // Whoever forgot them goes on, and forgets them again.
  ASSERT_TRUE(other.store().begin().ok());
  ASSERT_TRUE(other.store().clear_visits().ok());
  ASSERT_TRUE(other.store().commit().ok());
  EXPECT_TRUE(other.store().begin().ok());
  EXPECT_TRUE(other.store().commit().ok());
  EXPECT_FALSE(one.store().begin().ok());
}

TEST(EngagementStore, IsRebuiltFromLogsToTheSameStateWithItsJournal) {
  testing::World world(
      "engagement: { visits: v }\nstages: [ { name: hot, when: { intent: { min: 5 } }, hold: 9d } ]\n");
  const std::vector<Load> loads = {{.day = kDay, .request = 1},
                                   {.day = kDay + 1, .path = "/b", .request = 2}};
  world.fold(loads);
  world.list(kDay, {testing::listed("deere", accounts::Tier::kOneToFew, "", 9)});
  world.list(kDay + 1, {testing::listed("deere", accounts::Tier::kOneToFew, "", 1)});
  const std::string version = world.judge(kDay + 2)->version();
  ASSERT_TRUE(world.store().begin().ok());
  ASSERT_TRUE(world.store().clear_visits().ok());
  ASSERT_TRUE(world.store().commit().ok());
  EXPECT_NE(world.judge(kDay + 2)->version(), version);
  world.fold({loads[1], loads[0]});
  EXPECT_EQ(world.judge(kDay + 2)->version(), version);
}

}  // namespace
}  // namespace abm::measure
