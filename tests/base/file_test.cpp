#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace abm {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    char name[] = "/tmp/abm-file-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(FileTest, WritesAtomicallyAndReadsBack) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(write_file_atomically(path, "one").ok());
  ASSERT_TRUE(write_file_atomically(path, std::string("t\0wo", 4)).ok());
  auto read = read_file(path, 100);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, std::string("t\0wo", 4));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

// As root, a page for /dev/null once took the device's place.
TEST_F(FileTest, WritesIntoWhatIsNoFile) {
  const std::string pipe = folder_ + "/pipe", link = folder_ + "/link";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(::symlink(pipe.c_str(), link.c_str()), 0);
  const Fd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  for (const std::string& path : {pipe, link}) {
    const auto written = write_file_atomically(path, "one");
    ASSERT_TRUE(written.ok()) << written.message();
    char got[8] = {};
    EXPECT_EQ(::read(reader.get(), got, sizeof got), 3);
    EXPECT_EQ(std::string(got), "one");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(write_file_atomically("/dev/null", "one").ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(FileTest, LeavesNothingBehindWhenTheRenameFails) {
  std::filesystem::create_directory(folder_ + "/a");
  auto written = write_file_atomically(folder_ + "/a", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.message().find(folder_ + "/a: "), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, RefusesAFileLargerThanTheLimit) {
  ASSERT_TRUE(write_file_atomically(folder_ + "/a", "12345").ok());
  EXPECT_TRUE(read_file(folder_ + "/a", 5).ok());
  auto read = read_file(folder_ + "/a", 4);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.message(), folder_ + "/a: larger than the limit of 4 bytes");
}

TEST_F(FileTest, RefusesFoldersFifosAndMissingFiles) {
  EXPECT_EQ(read_file(folder_, 10).message(), folder_ + ": not a regular file");
  ASSERT_EQ(::mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder_ + "/fifo", 10).message(), folder_ + "/fifo: not a regular file");
  EXPECT_EQ(read_file(folder_ + "/none", 10).message(), folder_ + "/none: no such file or directory");
}

TEST_F(FileTest, SealedCopyCannotBeChangedByAnyone) {
  auto fd = sealed_copy("test", "hello");
  ASSERT_TRUE(fd.ok()) << fd.message();
  EXPECT_LT(::pwrite(fd->get(), "x", 1, 0), 0);
  EXPECT_LT(::ftruncate(fd->get(), 1), 0);
  auto mapping = Mapping::map(fd->get(), 5);
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(mapping->bytes(), "hello");
}

TEST_F(FileTest, RefusesWhatOthersMayWrite) {
  ASSERT_TRUE(write_file_atomically(folder_ + "/key", "k", 0600).ok());
  EXPECT_TRUE(refuse_writable_by_others(folder_ + "/key").ok());
  for (const mode_t mode : {0620, 0602, 0666}) {
    ASSERT_EQ(::chmod((folder_ + "/key").c_str(), mode), 0);
    EXPECT_FALSE(refuse_writable_by_others(folder_ + "/key").ok()) << std::oct << mode;
  }
}

}  // namespace
}  // namespace abm
