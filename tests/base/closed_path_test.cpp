#include "base/closed_path.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace abm {
namespace {

namespace fs = std::filesystem;

class ClosedPath : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    char name[] = "/tmp/abm-closed-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    path_ = name;
    fs::create_directories(path_ + "/a/b");
    std::ofstream(path_ + "/a/b/file") << "text";
    for (const char* folder : {"", "/a", "/a/b"}) ::chmod((path_ + folder).c_str(), 0755);
    ::chmod((path_ + "/a/b/file").c_str(), 0644);
  }
  void TearDown() override {
    if (!path_.empty()) fs::remove_all(path_);
  }

  /// What a process of user 4711 is told.
  [[nodiscard]] std::string told(const std::string& name) const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(4711) != 0 || ::setuid(4711) != 0) ::_exit(1);
      const std::string said = why_closed(path_ + name);
      ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said(4096, '\0');
    const ssize_t got = ::read(ends[0], said.data(), said.size());
    said.resize(got > 0 ? static_cast<size_t>(got) : 0);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
  }

  std::string path_;
};

TEST_F(ClosedPath, IsNoneWhereEverythingIsOpenOrNothingIsThere) {
  EXPECT_EQ(told("/a/b/file"), "");
  EXPECT_EQ(told("/a/b"), "");
  EXPECT_EQ(told("/a/missing/file"), "");
}

TEST_F(ClosedPath, IsTheFirstFromTheRootOn) {
  ::chmod((path_ + "/a/b/file").c_str(), 0600);
  EXPECT_EQ(told("/a/b/file"), "uid 4711 may not read " + path_ + "/a/b/file (mode 0600, owner uid 0)");
  ::chmod((path_ + "/a/b").c_str(), 0750);
  EXPECT_EQ(told("/a/b/file"), "uid 4711 may not enter " + path_ + "/a/b (mode 0750, owner uid 0)");
  EXPECT_EQ(told("/a/b"), "uid 4711 may not enter " + path_ + "/a/b (mode 0750, owner uid 0)");
  ::chmod((path_ + "/a").c_str(), 0700);
  EXPECT_EQ(told("/a/b"), "uid 4711 may not enter " + path_ + "/a (mode 0700, owner uid 0)");
  ::chmod((path_ + "/a").c_str(), 0711);
  ::chmod((path_ + "/a/b").c_str(), 0711);
  EXPECT_EQ(told("/a/b"), "uid 4711 may not read " + path_ + "/a/b (mode 0711, owner uid 0)");
}

TEST_F(ClosedPath, IsNoneForRoot) {
  ::chmod((path_ + "/a").c_str(), 0);
  EXPECT_EQ(why_closed(path_ + "/a/b/file"), "");
}

}  // namespace
}  // namespace abm
