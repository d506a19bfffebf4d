#include "base/new_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace abm {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr uid_t kOwner = 4711;
constexpr gid_t kGroup = 4712;

class NewFile : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/abm-new-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    path_ = name;
    ::chmod(name, 0755);
    folder_ = Fd(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  void TearDown() override {
    ::umask(before_);
    fs::remove_all(path_);
  }

  [[nodiscard]] struct stat facts(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(::lstat((path_ + "/" + name).c_str(), &info), 0) << name;
    return info;
  }
  [[nodiscard]] mode_t mode(const std::string& name) const { return facts(name).st_mode & 07777; }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream in(path_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void give_away() const { ASSERT_EQ(::chown(path_.c_str(), kOwner, kGroup), 0); }

  /// What `work` returns as the user kOwner, in another process.
  static std::string as_owner(const std::function<std::string()>& work) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(kGroup) != 0 || ::setuid(kOwner) != 0) ::_exit(1);
      const std::string said = work();
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
  Fd folder_;
  mode_t before_ = ::umask(022);
};

TEST_F(NewFile, HasExactlyItsModeWhateverTheUmask) {
  for (const mode_t mask : {0u, 022u, 077u, 0777u}) {
    ::umask(mask);
    const std::string name = "file-" + std::to_string(mask);
    EXPECT_TRUE(create_file_at(folder_.get(), name, 0444, name).ok());
    EXPECT_EQ(mode(name), 0444u) << mask;
    EXPECT_TRUE(create_folder_at(folder_.get(), name + "-folder", 0755, name).ok());
    EXPECT_EQ(mode(name + "-folder"), 0755u) << mask;
    EXPECT_TRUE(replace_file(path_ + "/kept", "text", 0640).ok());
    EXPECT_EQ(mode("kept"), 0640u) << mask;
    EXPECT_TRUE(make_folders(path_ + "/" + name + "-a/b/c/", 0750).ok());
    EXPECT_EQ(mode(name + "-a"), 0750u) << mask;
    EXPECT_EQ(mode(name + "-a/b/c"), 0750u) << mask;
  }
}

TEST_F(NewFile, TakesNoNameThatExistsNotEvenAsALink) {
  ASSERT_EQ(::symlink("target", (path_ + "/link").c_str()), 0);
  EXPECT_FALSE(create_file_at(folder_.get(), "link", 0644, "link").ok());
  EXPECT_FALSE(open_or_create_at(folder_.get(), "link", 0644, "link").ok());
  EXPECT_FALSE(create_folder_at(folder_.get(), "link", 0755, "link").ok());
  EXPECT_FALSE(make_folder_at(folder_.get(), "link", 0755, "link").ok());
  EXPECT_FALSE(fs::exists(path_ + "/target"));
}

TEST_F(NewFile, ReplacesALinkInsteadOfWhatItLeadsTo) {
  ASSERT_TRUE(replace_file(path_ + "/target", "mine", 0644).ok());
  ASSERT_EQ(::symlink("target", (path_ + "/CURRENT").c_str()), 0);
  // The name that it writes under is taken by a link, too.
  ASSERT_EQ(
      ::link((path_ + "/target").c_str(), (path_ + "/CURRENT.tmp-" + std::to_string(::getpid())).c_str()), 0);
  ASSERT_TRUE(replace_file_at(folder_.get(), "CURRENT", "new", 0644, "CURRENT").ok());
  EXPECT_EQ(text("target"), "mine");
  EXPECT_EQ(text("CURRENT"), "new");
  EXPECT_TRUE(S_ISREG(facts("CURRENT").st_mode));
}

TEST_F(NewFile, LeavesNothingBehindWhenItFails) {
  ASSERT_TRUE(fs::create_directory(path_ + "/name"));
  EXPECT_FALSE(replace_file(path_ + "/name", "text", 0644).ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 1);
}

TEST_F(NewFile, BelongsToTheFoldersOwnerWhenRootMakesIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  give_away();
  ASSERT_TRUE(create_file_at(folder_.get(), "file", 0600, "file").ok());
  ASSERT_TRUE(open_or_create_at(folder_.get(), "lock", 0644, "lock").ok());
  ASSERT_TRUE(replace_file(path_ + "/kept", "text", 0644).ok());
  ASSERT_TRUE(make_folders(path_ + "/a/b", 0755).ok());
  for (const char* name : {"file", "lock", "kept", "a", "a/b"}) {
    EXPECT_EQ(facts(name).st_uid, kOwner) << name;
    EXPECT_EQ(facts(name).st_gid, kGroup) << name;
  }
}

TEST_F(NewFile, MendsWhatRootLeftInAnothersFolder) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  std::ofstream(path_ + "/lock").put('x');
  ASSERT_TRUE(fs::create_directory(path_ + "/state"));
  give_away();
  ASSERT_TRUE(open_or_create_at(folder_.get(), "lock", 0644, "lock").ok());
  ASSERT_TRUE(make_folder_at(folder_.get(), "state", 0755, "state").ok());
  EXPECT_EQ(facts("lock").st_uid, kOwner);
  EXPECT_EQ(facts("state").st_uid, kOwner);
}

TEST_F(NewFile, IsNoLinkToAFileThatOnlyRootMayWrite) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  // As the folder's owner could: a second name for root's file.
  std::ofstream(path_ + "/roots") << "secret";
  ASSERT_EQ(::link((path_ + "/roots").c_str(), (path_ + "/lock").c_str()), 0);
  give_away();
  const auto opened = open_or_create_at(folder_.get(), "lock", 0644, path_ + "/lock");
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.message(), HasSubstr("/lock: is not a file of user 4711: remove it"));
  EXPECT_EQ(facts("roots").st_uid, 0u);
  EXPECT_EQ(text("roots"), "secret");
}

TEST_F(NewFile, IsRefusedToOtherUsersThanTheFoldersOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(refuse_other_user(folder_.get(), path_).ok());
  const std::string said = as_owner([&] { return refuse_other_user(folder_.get(), path_).message(); });
  EXPECT_EQ(said,
            path_ + ": belongs to user 'root', and this is user 4711: run it as that user (sudo -u root …)");
  give_away();
  EXPECT_TRUE(refuse_other_user(folder_.get(), path_).ok());
  EXPECT_EQ(as_owner([&] { return refuse_other_user(folder_.get(), path_).ok() ? "fine" : "no"; }), "fine");
}

}  // namespace
}  // namespace abm
