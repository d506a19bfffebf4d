#include "base/beneath.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace abm {
namespace {

namespace fs = std::filesystem;

/// root/folder holds files; root/secret is what no path below the folder may reach.
class Beneath : public testing::TestWithParam<BeneathLookup> {
 protected:
  Beneath() {
    char name[] = "/tmp/abm-beneath-XXXXXX";
    root_ = ::mkdtemp(name);
    fs::create_directories(root_ / "folder/inner");
    EXPECT_TRUE(write_file_atomically(root_ / "secret", "secret"));
    EXPECT_TRUE(write_file_atomically(root_ / "folder/good", "good"));
    EXPECT_TRUE(write_file_atomically(root_ / "folder/inner/deep", "deep"));
    folder_ = std::move(*open_folder(root_ / "folder"));
  }
  ~Beneath() override { fs::remove_all(root_); }

  /// The file's bytes, or "!why".
  [[nodiscard]] std::string read(const std::string& path) const {
    const auto fd = open_beneath(folder_.get(), path, GetParam());
    if (!fd) return "!" + fd.message();
    const auto bytes = read_all(fd->get(), path, 1000);
    return bytes ? *bytes : "!" + bytes.message();
  }

  fs::path root_;
  Fd folder_;
};

TEST_P(Beneath, OpensFilesAndFilesInFolders) {
  EXPECT_EQ(read("good"), "good");
  EXPECT_EQ(read("inner/deep"), "deep");
}

TEST_P(Beneath, RefusesEveryWayOutAndEveryLink) {
  const std::string link = "!a symlink leads to it, and none is followed here: put the file itself there";
  fs::create_symlink("good", root_ / "folder/inside");
  fs::create_symlink("../secret", root_ / "folder/outside");
  fs::create_symlink(root_ / "secret", root_ / "folder/absolute");
  fs::create_symlink("nowhere", root_ / "folder/dangling");
  fs::create_directory_symlink("..", root_ / "folder/up");
  fs::create_directory_symlink("inner", root_ / "folder/sideways");
  fs::create_directory_symlink("/proc/self/root", root_ / "folder/magic");
  for (const char* path : {"inside", "outside", "absolute", "dangling", "up/secret", "sideways/deep",
                           "inner/../up/secret", "magic/etc/passwd"}) {
    EXPECT_EQ(read(path).substr(0, 1), "!") << path;
  }
  for (const char* path : {"inside", "outside", "absolute", "dangling", "up/secret", "sideways/deep"}) {
    EXPECT_EQ(read(path), link) << path;
  }
  for (const char* path : {"../secret", "inner/../../secret", "..", "/etc/passwd"}) {
    EXPECT_EQ(read(path), "!it leads out of its folder") << path;
  }
  EXPECT_EQ(read(std::string("good\0x", 6)), "!a path cannot contain NUL");
}

TEST_P(Beneath, RefusesWhatIsNotARegularFileWithoutWaiting) {
  ASSERT_EQ(::mkfifo((root_ / "folder/pipe").c_str(), 0600), 0);
  EXPECT_EQ(read("pipe"), "!not a regular file");
  EXPECT_EQ(read("inner"), "!not a regular file");
  EXPECT_EQ(read("none"), "!no such file");
  EXPECT_EQ(read("none/deeper"), "!no such file");
  EXPECT_EQ(read("good/x"), "!not a directory");
}

TEST_P(Beneath, TheFolderItselfMayBeALink) {
  fs::create_directory_symlink(root_ / "folder", root_ / "link");
  const auto folder = open_folder(root_ / "link");
  ASSERT_TRUE(folder) << folder.message();
  EXPECT_TRUE(open_beneath(folder->get(), "inner/deep", GetParam()));
}

TEST_P(Beneath, NeverReadsTheSecretWhileNamesAreSwappedForLinks) {
  fs::create_directories(root_ / "outside");
  ASSERT_TRUE(write_file_atomically(root_ / "outside/deep", "secret"));
  fs::create_symlink("../secret", root_ / "folder/link");
  fs::create_directory_symlink("../outside", root_ / "folder/link-to-folder");
  std::atomic<bool> stop{false};
  const int folder = folder_.get();
  std::thread swapper([&] {
    while (!stop) {
      ::renameat2(folder, "good", folder, "link", RENAME_EXCHANGE);
      ::renameat2(folder, "inner", folder, "link-to-folder", RENAME_EXCHANGE);
    }
  });
  size_t right = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    for (const char* path : {"good", "inner/deep"}) {
      const std::string got = read(path);
      if (got.starts_with('!')) {
        ++refused;
      } else if (got == "good" || got == "deep") {
        ++right;
      } else {
        ADD_FAILURE() << path << " gave " << got;
        i = 10000;
      }
    }
  }
  stop = true;
  swapper.join();
  EXPECT_GT(right, 0u);
  EXPECT_GT(refused, 0u) << "the swaps were never seen: the test shows nothing";
}

INSTANTIATE_TEST_SUITE_P(Lookups, Beneath, testing::Values(BeneathLookup::kKernel, BeneathLookup::kSteps),
                         [](const auto& one) {
                           return one.param == BeneathLookup::kKernel ? "Kernel" : "Steps";
                         });

}  // namespace
}  // namespace abm
