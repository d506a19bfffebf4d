#include "generation/publish.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "generation/minisign.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::inode_of;
using testing::make_artifacts;
using testing::names_in;
using testing::publish_sample;
using testing::read_text;
using testing::Sample;
using testing::TemporaryFolder;

PublishOptions into(const std::string& data_dir) {
  PublishOptions options;
  options.data_dir = data_dir;
  return options;
}

TEST(Publish, MakesTheFolderAndCountsFromOne) {
  const TemporaryFolder data;
  EXPECT_EQ(publish_sample(data / "a/b/site"), 1u);
  EXPECT_EQ(read_text(data / "a/b/site/CURRENT"), "gen-000001\n");
  EXPECT_THAT(names_in(data / "a/b/site"), ElementsAre(".lock", "CURRENT", "gen-000001"));
  EXPECT_THAT(names_in(data / "a/b/site/gen-000001"),
              ElementsAre("MANIFEST.json", "accounts.bin", "ipdb.mmdb", "rules.bin"));
}

TEST(Publish, LinksFilesThatDidNotChange) {
  const TemporaryFolder data;
  publish_sample(data.path());
  const auto published = publish(make_artifacts({.feed_version = 8}), into(data.path()));
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_THAT(published->linked, ElementsAre("ipdb.mmdb", "rules.bin"));
  EXPECT_EQ(inode_of(data / "gen-000001/ipdb.mmdb"), inode_of(data / "gen-000002/ipdb.mmdb"));
  EXPECT_EQ(inode_of(data / "gen-000001/rules.bin"), inode_of(data / "gen-000002/rules.bin"));
  EXPECT_NE(inode_of(data / "gen-000001/accounts.bin"), inode_of(data / "gen-000002/accounts.bin"));
}

TEST(Publish, LeavesEverythingWhereNothingChanged) {
  const TemporaryFolder data;
  publish_sample(data.path());
  const uint64_t current = inode_of(data / "CURRENT");
  auto options = into(data.path());
  const auto again = publish(make_artifacts(), options);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->number, 1u);
  EXPECT_EQ(inode_of(data / "CURRENT"), current);
  options.only_if_changed = false;
  const auto forced = publish(make_artifacts(), options);
  ASSERT_TRUE(forced.ok());
  EXPECT_TRUE(forced->changed);
  EXPECT_EQ(forced->number, 2u);
}

TEST(Publish, ReplacesADamagedGenerationInsteadOfLinkingItsFiles) {
  const TemporaryFolder data;
  publish_sample(data.path());
  const std::string path = data / "gen-000001/ipdb.mmdb";
  std::string damaged = read_text(path);
  damaged[20] ^= 1;
  testing::overwrite_in_place(path, damaged);
  const auto published = publish(make_artifacts(), into(data.path()));
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_TRUE(published->changed);
  EXPECT_THAT(published->linked, ElementsAre("accounts.bin", "rules.bin"));
  EXPECT_TRUE(Generation::open(data.path()).ok());
}

TEST(Publish, KeepsAsManyGenerationsAsAsked) {
  const TemporaryFolder data;
  auto options = into(data.path());
  options.keep = 3;
  for (uint64_t version = 1; version <= 6; ++version) {
    ASSERT_TRUE(publish(make_artifacts({.feed_version = version}), options).ok());
  }
  EXPECT_THAT(names_in(data.path()),
              ElementsAre(".lock", "CURRENT", "gen-000004", "gen-000005", "gen-000006"));
  options.keep = 0;
  ASSERT_TRUE(publish(make_artifacts({.feed_version = 7}), options).ok());
  EXPECT_THAT(names_in(data.path()), ElementsAre(".lock", "CURRENT", "gen-000007"));
}

TEST(Publish, NeverReusesANumber) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8});
  ASSERT_TRUE(rollback(data.path()).ok());
  EXPECT_EQ(publish_sample(data.path(), {.feed_version = 9}), 3u);
}

TEST(Publish, DeletesWhatKilledPublishersLeft) {
  const TemporaryFolder data;
  publish_sample(data.path());
  std::filesystem::create_directory(data / ".tmp-gen-000002-99999");
  testing::write_text(data / ".tmp-gen-000002-99999/ipdb.mmdb", "half");
  testing::write_text(data / "CURRENT.tmp-99999", "gen-0");
  publish_sample(data.path());
  EXPECT_THAT(names_in(data.path()), ElementsAre(".lock", "CURRENT", "gen-000001"));
}

TEST(Publish, RefusesWhatDoesNotOpenAndLeavesNothingOfIt) {
  const TemporaryFolder data;
  publish_sample(data.path());
  for (size_t i = 0; i < kParts; ++i) {
    Artifacts broken = make_artifacts({.feed_version = 8});
    broken.bytes[i] = "broken";
    const auto published = publish(std::move(broken), into(data.path()));
    ASSERT_FALSE(published.ok());
    EXPECT_THAT(published.message(), HasSubstr(kPartNames[i]));
    EXPECT_THAT(names_in(data.path()), ElementsAre(".lock", "CURRENT", "gen-000001"));
  }
}

TEST(Publish, LetsOnlyOnePublisherInAndSaysWhoThatIs) {
  const TemporaryFolder data;
  publish_sample(data.path());
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const int lock = ::open((data / ".lock").c_str(), O_RDWR);
    const std::string note = "process 4711 since yesterday";
    const bool held = ::flock(lock, LOCK_EX | LOCK_NB) == 0 && ::ftruncate(lock, 0) == 0 &&
                      ::write(lock, note.data(), note.size()) == static_cast<ssize_t>(note.size());
    char byte = held ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1 || ::close(done[1]) != 0 || ::read(done[0], &byte, 1) < 0)
      ::_exit(1);
    ::_exit(0);
  }
  char held = 0;
  ASSERT_EQ(::read(ready[0], &held, 1), 1);
  ASSERT_EQ(held, 'y');
  for (const std::string& message :
       {publish(make_artifacts({.feed_version = 8}), into(data.path())).message(),
        rollback(data.path(), 1).message()}) {
    EXPECT_THAT(message, HasSubstr("/.lock: another publisher is at work (process 4711 since yesterday)"));
  }
  ::close(done[1]);
  int status = 0;
  ::waitpid(holder, &status, 0);
  EXPECT_EQ(publish_sample(data.path(), {.feed_version = 8}), 2u);
}

TEST(Publish, OfManyPublishersAtOnceLeavesWholeGenerations) {
  const TemporaryFolder data;
  publish_sample(data.path());
  std::vector<pid_t> children;
  for (uint64_t i = 0; i < 6; ++i) {
    const Artifacts artifacts = make_artifacts({.feed_version = 8 + i});
    const pid_t child = ::fork();
    if (child == 0) {
      // A publisher that finds the lock taken tries again, as an agent does; a replayed
      // version is an answer too.
      for (int attempt = 0; attempt < 24'000; ++attempt) {
        const auto published = publish(artifacts, into(data.path()));
        if (published) ::_exit(0);
        if (published.message().find("is older than") != std::string::npos) ::_exit(0);
        if (published.message().find("another publisher") == std::string::npos) ::_exit(1);
        ::usleep(5000);
      }
      ::_exit(2);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  const auto list = list_generations(data.path());
  ASSERT_TRUE(list.ok());
  for (const GenerationInfo& info : *list) EXPECT_TRUE(Generation::open(data.path(), info.number).ok());
  EXPECT_EQ((*Generation::open(data.path()))->manifest().feed_version, 13u);
}

TEST(Publish, RefusesAFolderThatOthersMayWrite) {
  const TemporaryFolder data;
  ::chmod(data.path().c_str(), 0775);
  const auto published = publish(make_artifacts(), into(data.path()));
  ASSERT_FALSE(published.ok());
  EXPECT_THAT(published.message(), HasSubstr("group or others may write it"));
}

TEST(Publish, SignsTheManifestWhenItHasAKey) {
  const TemporaryFolder data;
  testing::write_text(data / "key",
                      "untrusted comment: test\n"
                      "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC3CX9FSi4MgXEe"
                      "vHf9i2ms5R4gJ+HWIy"
                      "tlC5vr/HWS/dIajVxw/5jnITsQ7/Qqrl+ctrw1zi7/"
                      "m2M8E5pFGi0a2qWebFRmyaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                      "AAA=\n");
  ::chmod((data / "key").c_str(), 0600);
  testing::write_text(data / "key.pub", "RWQLcJf0VKLgyHITsQ7/Qqrl+ctrw1zi7/m2M8E5pFGi0a2qWebFRmya\n");
  ::chmod((data / "key.pub").c_str(), 0644);
  auto options = into(data / "site");
  ASSERT_TRUE(publish(make_artifacts(), options).ok());
  options.sign_key = data / "key";
  const auto published = publish(make_artifacts(), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_TRUE(published->changed) << "a signature that was missing is worth a generation";
  const auto key = read_minisign_public_key(data / "key.pub");
  ASSERT_TRUE(key.ok()) << key.message();
  const std::string folder = data / "site/gen-000002/";
  const auto comment =
      minisign_verify(read_text(folder + "MANIFEST.json"), read_text(folder + "MANIFEST.json.minisig"), *key);
  ASSERT_TRUE(comment.ok()) << comment.message();
  EXPECT_TRUE(comment->starts_with("gen-000002 ")) << *comment;
  EXPECT_FALSE(publish(make_artifacts(), options)->changed);
}

TEST(Publish, RefusesOlderForeignAndShrunkenFeeds) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.feed_version = 10, .accounts = 100});
  auto options = into(data.path());
  options.rules.max_shrink_percent = 50;
  const auto refusal = [&](const Sample& sample) {
    const auto published = publish(make_artifacts(sample), options);
    return published ? "published" : published.message();
  };
  EXPECT_EQ(refusal({.feed_version = 9, .accounts = 100}),
            "feed version 9 is older than 10, which generation 1 has");
  EXPECT_THAT(refusal({.tenant = "other", .feed_version = 11, .accounts = 100}),
              HasSubstr("feed of tenant 'other'"));
  EXPECT_EQ(refusal({.feed_version = 11, .accounts = 49}),
            "feed has 49 accounts, 51 fewer than the 100 of generation 1: more than max_shrink 50%");
  EXPECT_THAT(names_in(data.path()), ElementsAre(".lock", "CURRENT", "gen-000001"));
  EXPECT_EQ(refusal({.feed_version = 11, .accounts = 50}), "published");
  options.rules.allow_older = true;
  EXPECT_EQ(refusal({.feed_version = 3, .accounts = 50}), "published");
  options.rules.allow_other_tenant = true;
  EXPECT_EQ(refusal({.tenant = "other", .feed_version = 1, .accounts = 1}), "published");
}

TEST(Rollback, GoesToTheOneBeforeAndToAnyByNumber) {
  const TemporaryFolder data;
  for (uint64_t version = 7; version < 10; ++version) publish_sample(data.path(), {.feed_version = version});
  EXPECT_EQ(*rollback(data.path()), 2u);
  EXPECT_EQ(*rollback(data.path()), 1u);
  EXPECT_THAT(rollback(data.path()).message(), HasSubstr("no generation before 1 is kept"));
  EXPECT_EQ(*rollback(data.path(), 3), 3u);
  EXPECT_EQ((*Generation::open(data.path()))->manifest().feed_version, 9u);
}

TEST(Rollback, RefusesADamagedGeneration) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8});
  testing::overwrite_in_place(data / "gen-000001/accounts.bin", "damaged");
  EXPECT_FALSE(rollback(data.path()).ok());
  EXPECT_FALSE(rollback(data.path(), 77).ok());
  EXPECT_FALSE(rollback(data / "none").ok());
  EXPECT_EQ((*Generation::open(data.path()))->number(), 2u);
}

TEST(ListGenerations, SaysWhichServesAndWhichAreDamaged) {
  const TemporaryFolder data;
  for (uint64_t version = 7; version < 10; ++version) publish_sample(data.path(), {.feed_version = version});
  ASSERT_TRUE(rollback(data.path(), 2).ok());
  testing::overwrite_in_place(data / "gen-000001/accounts.bin", "damaged");
  std::filesystem::remove(data / "gen-000003/MANIFEST.json");
  const auto list = list_generations(data.path());
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 3u);
  const auto is = [&](size_t i, bool current, bool complete) {
    return (*list)[i].number == i + 1 && (*list)[i].current == current && (*list)[i].complete == complete;
  };
  EXPECT_TRUE(is(0, false, false));
  EXPECT_TRUE(is(1, true, true));
  EXPECT_TRUE(is(2, false, false));
}

}  // namespace
}  // namespace abm::generation
