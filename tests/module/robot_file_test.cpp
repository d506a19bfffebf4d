// The file of abm_bots: what it may hold, and where its mistakes are.
#include "module/robot_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "module/user_agent.h"

namespace abm::module {
namespace {

TEST(RobotNames, AreOneALineInAnyOrderAndCase) {
  const auto names = parse_robot_names(
      "\xef\xbb\xbf# ours\n\nAcme-Check\r\n  zeta probe\t# behind a blank\n^Acme/\nC#Fetch\nacme-check\n#\nlast",
      "bots");
  ASSERT_TRUE(names.ok()) << names.message();
  EXPECT_EQ(*names, (std::vector<std::string>{"^acme/", "acme-check", "c#fetch", "last", "zeta probe"}));
  EXPECT_TRUE(parse_robot_names("", "bots")->empty());
}

TEST(RobotNames, AreRefusedWithTheirLine) {
  const struct {
    std::string text, says;
  } cases[] = {{"ab", "bots:1: a name has 3 to 64 bytes, this one has 2"},
               {"# x\n^ab\n", "bots:2: a name has 3 to 64 bytes, this one has 2"},
               {"\n\n" + std::string(65, 'a'), "bots:3: a name has"},
               {"caf\xc3\xa9", "bots:1: a name consists of visible ASCII"},
               {"a\tbc", "bots:1: a name consists of visible ASCII"},
               {std::string("a\0bc", 4), "bots:1: a name consists of visible ASCII"},
               {"-abc", "bots:1: a name begins with a letter or a digit"},
               {"^^abc", "bots:1: a name begins with a letter or a digit"},
               {"ab  cd", "bots:1: words of a name are separated by one blank"}};
  for (const auto& [text, says] : cases) {
    const auto names = parse_robot_names(text, "bots");
    ASSERT_FALSE(names.ok()) << text;
    EXPECT_TRUE(names.message().starts_with(says)) << names.message();
  }
  std::string many;
  for (size_t i = 0; i <= kMaxRobotNames; ++i) many += "bot-" + std::to_string(i) + "\n";
  EXPECT_TRUE(parse_robot_names(many, "bots").message().starts_with("bots:4097: more than 4096 names"));
}

TEST(RobotNames, OfTheFileAreFoundLikeTheOthers) {
  const auto names = parse_robot_names("acme probe\n^acme/\nacme-check", "bots");
  ASSERT_TRUE(names.ok());
  const std::vector<std::string_view> views(names->begin(), names->end());
  for (const std::string_view agent : {"Acme/1", "x ACME PROBE 7", "Mozilla/5.0 (acme-check)", "acme-check"})
    EXPECT_TRUE(robot_sign(agent, views).has_value() && !robot_sign(agent).has_value()) << agent;
  for (const std::string_view agent :
       {"x Acme/1", "acme", "acme probes", "xacme-check", "acme-checks", "acme-chec"})
    EXPECT_FALSE(robot_sign(agent, views).has_value()) << agent;
}

TEST(RobotFile, IsRefusedIfOthersMayWriteItOrItIsTooLong) {
  char path[] = "/tmp/abm-bots-XXXXXX";
  ::close(::mkstemp(path));
  std::ofstream(path) << "acme-check\n";
  EXPECT_EQ(read_robot_file(path)->size(), 1u);
  ::chmod(path, 0666);
  EXPECT_NE(read_robot_file(path).message().find("group or others may write it"), std::string::npos);
  ::chmod(path, 0600);
  std::ofstream(path) << std::string(kMaxRobotFile, '#') << "\n";
  EXPECT_FALSE(read_robot_file(path).ok());
  std::remove(path);
  EXPECT_FALSE(read_robot_file(path).ok());
  EXPECT_FALSE(read_robot_file("/tmp").ok());
}

}  // namespace
}  // namespace abm::module
