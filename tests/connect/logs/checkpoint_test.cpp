#include "connect/logs/checkpoint.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace abm::connect {
namespace {

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/abm-checkpoint-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return folder_ / "log.ship"; }
  void write(std::string_view text) const { std::ofstream(path()) << text; }

  std::filesystem::path folder_;
};

TEST_F(CheckpointTest, ComesBackAsItWasSaved) {
  Checkpoint saved;
  FileMark& file = saved.files.emplace_back();
  file.name = "log";
  file.head = {128, 0x0123456789abcdef};
  file.read = {70412, 0xfedcba9876543210};
  file.size = 80000;
  file.device = 2049;
  file.inode = 131;
  file.copy = true;
  saved.gone.push_back({"log.1", {100, 1}, {4096, 2}, 5000});
  saved.compressed = {{{3, false}, {4, true}}};
  ASSERT_TRUE(save_checkpoint(path(), saved).ok());
  const auto loaded = load_checkpoint(path());
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  ASSERT_TRUE(loaded->has_value());
  const Checkpoint& read = **loaded;
  ASSERT_EQ(read.files.size(), 1u);
  EXPECT_EQ(read.files[0].name, "log");
  EXPECT_EQ(read.files[0].head, file.head);
  EXPECT_EQ(read.files[0].read, file.read);
  EXPECT_EQ(read.files[0].size, 80000u);
  EXPECT_EQ(read.files[0].device, 2049u);
  EXPECT_EQ(read.files[0].inode, 131u);
  EXPECT_TRUE(read.files[0].copy);
  ASSERT_EQ(read.gone.size(), 1u);
  EXPECT_EQ(read.gone[0].name, "log.1");
  EXPECT_EQ(read.gone[0].read, saved.gone[0].read);
  ASSERT_TRUE(read.compressed.has_value());
  ASSERT_EQ(read.compressed->size(), 2u);
  EXPECT_TRUE((*read.compressed)[1].lost);
}

TEST_F(CheckpointTest, ReadsVersionOne) {
  write(
      R"({"v":1,"files":[{"name":"log","device":1,"inode":2,"size":9,"shipped":{"offset":4,"hash":"00000000000000aa"},)"
      R"("cut":{"offset":91011,"hash":"fedcba9876543210"}},{"name":"log.1","device":1,"inode":3,"size":9,)"
      R"("shipped":{"offset":9,"hash":"00000000000000bb"},"cut":null}]})");
  const auto loaded = load_checkpoint(path());
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  const Checkpoint& read = **loaded;
  ASSERT_EQ(read.files.size(), 2u);
  EXPECT_EQ(read.files[1].read, (Place{9, 0xbb}));
  EXPECT_EQ(read.files[1].head, Head{});
  ASSERT_EQ(read.gone.size(), 1u);
  EXPECT_EQ(read.gone[0].read, (Place{91011, 0xfedcba9876543210}));
  EXPECT_FALSE(read.compressed.has_value());
}

TEST_F(CheckpointTest, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "{}", R"({"v":3,"files":[],"gone":[],"compressed":[]})", R"({"v":2,"files":[]})",
        R"({"v":2,"files":[{}]})", R"({"v":2,"files":[],"gone":[],"compressed":[{"id":"zz","lost":false}]})",
        R"({"v":2,"files":[],"gone":[{"name":"a","size":1,"head":{"size":99999999,"hash":"00"},)"
        R"("shipped":{"offset":0,"hash":"00"}}],"compressed":[]})"}) {
    write(text);
    const auto loaded = load_checkpoint(path());
    ASSERT_FALSE(loaded.ok()) << text;
    EXPECT_NE(loaded.message().find("this is not a checkpoint of abmctl ship (version 2 or older)"),
              std::string::npos);
  }
}

TEST_F(CheckpointTest, IsNoneWhereThereIsNoFile) {
  const auto loaded = load_checkpoint(path());
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->has_value());
}

}  // namespace
}  // namespace abm::connect
