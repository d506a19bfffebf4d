#include "generation/generation.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "generation/identify.h"
#include "tests/accounts/feed_samples.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::make_artifacts;
using testing::publish_sample;
using testing::Sample;
using testing::TemporaryFolder;

std::shared_ptr<const Generation> in_memory(const Sample& sample = {}) {
  const Artifacts artifacts = make_artifacts(sample);
  auto generation =
      Generation::from_bytes(artifacts.manifest, artifacts.bytes[0], artifacts.bytes[1], artifacts.bytes[2]);
  EXPECT_TRUE(generation.ok()) << generation.message();
  return generation ? *generation : nullptr;
}

TEST(Generation, OpensWhatWasPublished) {
  const TemporaryFolder data;
  const uint64_t first = publish_sample(data.path());
  const uint64_t second = publish_sample(data.path(), {.feed_version = 8});
  const auto current = Generation::open(data.path());
  ASSERT_TRUE(current.ok()) << current.message();
  EXPECT_EQ((*current)->number(), second);
  EXPECT_EQ((*current)->manifest().feed_version, 8u);
  const auto older = Generation::open(data.path(), first);
  ASSERT_TRUE(older.ok()) << older.message();
  EXPECT_EQ((*older)->manifest().feed_version, 7u);
}

TEST(Generation, SaysWhatIsMissing) {
  const TemporaryFolder data;
  EXPECT_EQ(Generation::open(data.path()).message(), data / "CURRENT: nothing is published yet");
  EXPECT_EQ(Generation::open(data / "none").message(), data / "none: no such file or directory");
  publish_sample(data.path());
  EXPECT_EQ(Generation::open(data.path(), 9).message(), data / "gen-000009: no such file or directory");
}

TEST(Generation, IsRefusedWhereAnyFileIsCutFlippedEmptyOrMissing) {
  const TemporaryFolder data;
  publish_sample(data.path());
  for (const std::string_view name : {"MANIFEST.json", "ipdb.mmdb", "accounts.bin", "rules.bin"}) {
    const std::string path = data / ("gen-000001/" + std::string(name));
    const std::string good = testing::read_text(path);
    ASSERT_FALSE(good.empty());
    const auto refused_with = [&](std::string_view bytes) {
      testing::overwrite_in_place(path, bytes);
      const auto opened = Generation::open(data.path());
      ASSERT_FALSE(opened.ok()) << name;
      EXPECT_TRUE(opened.message().starts_with(path + ": ")) << opened.message();
    };
    refused_with("");
    refused_with(good.substr(0, good.size() / 2));
    refused_with(good.substr(0, good.size() - 1));
    refused_with(good + "x");
    for (const size_t at : {size_t{0}, good.size() / 3, good.size() / 2, good.size() - 1}) {
      std::string flipped = good;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      refused_with(flipped);
    }
    std::filesystem::remove(path);
    EXPECT_TRUE(Generation::open(data.path()).message().starts_with(path + ": ")) << name;
    testing::write_text(path, good);
    EXPECT_TRUE(Generation::open(data.path()).ok()) << name;
  }
}

TEST(Generation, IsRefusedWhereOthersMayWriteWhatItIsReadFrom) {
  const TemporaryFolder data;
  publish_sample(data.path());
  for (const std::string_view name :
       {"", "/CURRENT", "/gen-000001", "/gen-000001/MANIFEST.json", "/gen-000001/ipdb.mmdb",
        "/gen-000001/accounts.bin", "/gen-000001/rules.bin"}) {
    const std::string path = data.path() + std::string(name);
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0) << path;
    for (const mode_t bit : {mode_t{S_IWGRP}, mode_t{S_IWOTH}}) {
      ::chmod(path.c_str(), info.st_mode | bit);
      const auto opened = Generation::open(data.path());
      ASSERT_FALSE(opened.ok()) << path;
      EXPECT_TRUE(opened.message().starts_with(path + ": group or others may write it")) << opened.message();
      ::chmod(path.c_str(), info.st_mode);
    }
    EXPECT_TRUE(Generation::open(data.path()).ok());
  }
}

TEST(Generation, IsRefusedWhenItsFolderIsNamedForAnother) {
  const TemporaryFolder data;
  publish_sample(data.path());
  std::filesystem::rename(data / "gen-000001", data / "gen-000002");
  testing::write_text(data / "CURRENT", "gen-000002\n");
  EXPECT_NE(Generation::open(data.path()).message().find("says it is generation 1"), std::string::npos);
}

TEST(Generation, IsRefusedWhenItsPartsComeFromDifferentFeeds) {
  const Artifacts one = make_artifacts({.feed_version = 7});
  const Artifacts other = make_artifacts({.feed_version = 8});
  EXPECT_FALSE(Generation::from_bytes(one.manifest, one.bytes[0], other.bytes[1], one.bytes[2]).ok());
}

TEST(Generation, IsRefusedForPartsOfTheWrongFormat) {
  const Artifacts good = make_artifacts();
  for (size_t i = 0; i < kParts; ++i) {
    for (const std::string_view bytes : {"", "not of this format, whatever it is"}) {
      std::array<std::string, kParts> parts = good.bytes;
      parts[i] = bytes;
      const auto opened = Generation::from_bytes(good.manifest, parts[0], parts[1], parts[2]);
      ASSERT_FALSE(opened.ok()) << kPartNames[i];
      EXPECT_TRUE(opened.message().starts_with(kPartNames[i])) << opened.message();
    }
  }
}

TEST(Generation, ExpiresWithItsFeed) {
  const auto forever = in_memory();
  EXPECT_FALSE(forever->expired(INT64_MAX));
  const auto limited = in_memory({.expires_at = 1'763'790'000});
  EXPECT_FALSE(limited->expired(1'763'789'999));
  EXPECT_TRUE(limited->expired(1'763'790'000));
}

TEST(Identify, FindsTheAccountOfAnAddress) {
  const auto generation = in_memory();
  for (const char* text : {"192.0.2.9", "::ffff:192.0.2.9", "2001:db8::7"}) {
    const Identity identity = identify(*generation, *IpAddress::parse(text), {}, IdentityKind::kId);
    ASSERT_TRUE(identity.account.has_value()) << text;
    EXPECT_EQ(identity.account->id(), "deere");
    EXPECT_EQ(identity.confidence, Confidence::kMedium);
    EXPECT_EQ(identity.source, "asn");
    ASSERT_TRUE(identity.network.has_value());
    EXPECT_TRUE(identity.network->contains(*IpAddress::parse(text)));
    EXPECT_EQ(identity.exclusion, "");
  }
}

TEST(Identify, KnowsNobodyElsewhereAndSaysWhyForExclusions) {
  const auto generation = in_memory();
  const Identity unknown = identify(*generation, *IpAddress::parse("10.0.0.1"), {}, IdentityKind::kId);
  EXPECT_FALSE(unknown.account.has_value());
  EXPECT_EQ(unknown.exclusion, "");
  EXPECT_EQ(unknown.source, "");
  const Identity provider = identify(*generation, *IpAddress::parse("198.51.100.4"), {}, IdentityKind::kId);
  EXPECT_FALSE(provider.account.has_value());
  EXPECT_EQ(provider.exclusion, "isp");
}

TEST(Identify, NeverAssignsAnAccountThatTheSnapshotLacks) {
  const Identity identity = identify(*in_memory(), *IpAddress::parse("203.0.113.4"), {}, IdentityKind::kId);
  EXPECT_FALSE(identity.account.has_value());
  EXPECT_EQ(identity.source, "");
}

TEST(Identify, TakesNobodyForAnotherAccountOfTheSameKey) {
  const std::string one(accounts::samples::kIdsOfOneKey[0]), other(accounts::samples::kIdsOfOneKey[1]);
  const auto address = *IpAddress::parse("192.0.2.9");
  const auto mixed = in_memory({.account = one, .last = other});
  ASSERT_TRUE(mixed->index().lookup(address).identified());
  ASSERT_TRUE(mixed->accounts().find(mixed->index().lookup(address).key).has_value());
  EXPECT_FALSE(identify(*mixed, address, {}, IdentityKind::kId).account.has_value());
  EXPECT_FALSE(identify(*mixed, address, one, IdentityKind::kId).account.has_value());
  EXPECT_EQ(identify(*mixed, address, other, IdentityKind::kId).account->id(), other);
  const auto right = in_memory({.account = one, .last = one});
  EXPECT_EQ(identify(*right, address, {}, IdentityKind::kId).account->id(), one);
}

TEST(Identify, LetsTheFirstPartyIdentityBeatTheAddress) {
  const auto generation = in_memory();
  const IpAddress of_deere = *IpAddress::parse("192.0.2.9");
  const auto by = [&](std::string_view identity, IdentityKind kind) {
    return identify(*generation, of_deere, identity, kind);
  };
  EXPECT_EQ(by("ford", IdentityKind::kId).account->id(), "ford");
  EXPECT_EQ(by("ford", IdentityKind::kId).confidence, Confidence::kHigh);
  EXPECT_EQ(by("ford", IdentityKind::kId).source, "identity");
  EXPECT_FALSE(by("ford", IdentityKind::kId).network.has_value());
  EXPECT_EQ(by("EON.Example.", IdentityKind::kDomain).account->id(), "eon");
  EXPECT_FALSE(by("someone", IdentityKind::kId).account.has_value());
  EXPECT_FALSE(by("someone.example", IdentityKind::kDomain).account.has_value());
  EXPECT_FALSE(by(std::string(100'000, 'x'), IdentityKind::kDomain).account.has_value());
  EXPECT_FALSE(by(std::string_view("ford\0", 5), IdentityKind::kId).account.has_value());
}

}  // namespace
}  // namespace abm::generation
