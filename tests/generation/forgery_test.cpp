// Parts with the size and XXH3-128 that the manifest names but other content: nobody accepts them.
#include "tests/generation/forgery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "generation/adopter.h"
#include "generation/folder.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::forge_xxh3_128;
using ::testing::HasSubstr;
using testing::make_artifacts;
using testing::overwrite_in_place;
using testing::publish_sample;
using testing::read_text;
using testing::TemporaryFolder;
using State = Adopter::State;

/// Another text of the same size and XXH3-128 that differs from `original` in its first byte.
std::string forged(const std::string& original) {
  std::string evil = original;
  evil[0] ^= 1;
  return forge_xxh3_128(original, evil, 128);
}

TEST(Forgery, OfXxh3IsEasyAndOfSha256IsNot) {
  for (const size_t size : {size_t{320}, size_t{1024}, size_t{1025}, size_t{5000}, size_t{70'000}}) {
    std::string original(size, '\0');
    for (size_t i = 0; i < size; ++i) original[i] = static_cast<char>(i * 2654435761u >> 11);
    std::string evil = original;
    evil.front() ^= 1;
    evil.back() ^= 1;
    for (size_t at = 0; at + 192 <= size; at += 128) {
      evil[0] ^= 2;
      const std::string other = forge_xxh3_128(original, evil, at);
      ASSERT_NE(other, original);
      ASSERT_EQ(hash128(other), hash128(original)) << size << " at " << at;
      ASSERT_NE(content_hash(other)->sha256, content_hash(original)->sha256);
    }
  }
}

class ForgedPart : public ::testing::TestWithParam<Part> {
 protected:
  void SetUp() override {
    publish_sample(data.path());
    publish_sample(data.path(), {.account = "ford", .feed_version = 8, .salt = "new"});
    good = read_text(path());
    const auto facts = read_manifest(read_text(data / "gen-000002/MANIFEST.json"));
    ASSERT_TRUE(facts.ok()) << facts.message();
    const std::string evil = forged(good);
    ASSERT_NE(evil, good);
    ASSERT_EQ(evil.size(), facts->file(GetParam()).size);
    ASSERT_EQ(hash128(evil), facts->file(GetParam()).hash.xxh3);
    overwrite_in_place(path(), evil);
  }
  [[nodiscard]] std::string path() const {
    return data / ("gen-000002/" + std::string(kPartNames[static_cast<size_t>(GetParam())]));
  }
  TemporaryFolder data;
  std::string good;
};

TEST_P(ForgedPart, IsNotOpened) {
  EXPECT_THAT(Generation::open(data.path()).message(), HasSubstr(path() + ": SHA-256 "));
}

TEST_P(ForgedPart, IsNotAdopted) {
  Adopter adopter(data.path());
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_THAT(adopter.error(), HasSubstr(path() + ": SHA-256 "));
  EXPECT_EQ(adopter.current(), nullptr);
  testing::write_text(data / "CURRENT", "gen-000001\n");
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  testing::write_text(data / "CURRENT", "gen-000002\n");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_EQ(adopter.current()->number(), 1u);
}

TEST_P(ForgedPart, IsNotRolledBackTo) {
  ASSERT_EQ(publish_sample(data.path(), {.feed_version = 9}), 3u);
  EXPECT_THAT(rollback(data.path(), 2).message(), HasSubstr(path() + ": SHA-256 "));
}

TEST_P(ForgedPart, IsNotLinkedIntoTheNextGeneration) {
  PublishOptions options;
  options.data_dir = data.path();
  const auto published =
      publish(make_artifacts({.account = "ford", .feed_version = 8, .salt = "new"}), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_TRUE(published->changed);
  EXPECT_EQ(published->linked.size(), kParts - 1);
  EXPECT_EQ(read_text(data / ("gen-000003/" + std::string(kPartNames[static_cast<size_t>(GetParam())]))),
            good);
  EXPECT_TRUE(Generation::open(data.path()).ok());
}

INSTANTIATE_TEST_SUITE_P(EachPart, ForgedPart, ::testing::Values(Part::kIpdb, Part::kAccounts, Part::kRules));

TEST(ForgedManifest, DoesNotLetAWorkerKeepItsMapping) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const auto before = adopter.current();
  publish_sample(data.path(), {.salt = "new"});
  // The next generation's index has the size and XXH3-128 of the one in use.
  const std::string path = data / "gen-000002/ipdb.mmdb";
  const std::string evil = forged(read_text(path));
  ::unlink(path.c_str());  // a hard link to the previous one
  testing::write_text(path, evil);
  auto manifest = read_manifest(read_text(data / "gen-000002/MANIFEST.json"));
  ASSERT_TRUE(manifest.ok());
  manifest->files[static_cast<size_t>(Part::kIpdb)].hash = *content_hash(evil);
  overwrite_in_place(data / "gen-000002/MANIFEST.json", write_manifest(*manifest));
  ASSERT_EQ(manifest->file(Part::kIpdb).hash.xxh3, before->part(Part::kIpdb)->hash().xxh3);
  // It is not taken for the one in use, but read: and it is not an index.
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_THAT(adopter.error(), HasSubstr("gen-000002/ipdb.mmdb: "));
  EXPECT_EQ(adopter.current(), before);
}

}  // namespace
}  // namespace abm::generation
