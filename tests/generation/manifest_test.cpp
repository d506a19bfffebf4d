#include "generation/manifest.h"

#include <gtest/gtest.h>

namespace abm::generation {
namespace {

Manifest sample_manifest() {
  Manifest manifest;
  manifest.number = 43;
  manifest.created_at = "2026-11-22T03:33:20Z";
  manifest.tenant = "acme-web";
  manifest.feed_version = 1'763'780'000;
  manifest.rules_from = 41;
  manifest.replaces = 42;
  manifest.made = {
      {"user", "abm"}, {"host", "web-1"}, {"commit", "9f\"\n"}, {"unknown to this version", "ü"}};
  manifest.counts = {{"rules", 7}, {"accounts", 61}};
  manifest.counts_before = {{"rules", 6}};
  manifest.patterns = {{"rules/*.yaml", 3}, {"../shared/[ab].yaml", 0}};
  for (size_t i = 0; i < kParts; ++i) manifest.files[i] = {1000 + i, *content_hash(kPartNames[i])};
  manifest.sources = {
      {"accounts", "1763780000", *content_hash("feed"), {{"accounts", 61}, {"unknown_keys", 0}}},
      {"rules/a \"quoted\" \\ \n \x01 \xe2\x80\xa8 ü.yaml", "", *content_hash("rules"), {}},
  };
  return manifest;
}

TEST(Manifest, ReadsBackWhatItWrote) {
  for (const Manifest& manifest : {sample_manifest(), [] {
                                     Manifest bare = sample_manifest();
                                     bare.sources.clear();
                                     bare.tenant.clear();
                                     bare.made.clear();
                                     bare.counts.clear();
                                     bare.patterns.clear();
                                     return bare;
                                   }()}) {
    const auto read = read_manifest(write_manifest(manifest));
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_EQ(*read, manifest);
  }
}

TEST(Manifest, IsDrawnAsInFormatMd) {
  Manifest manifest = sample_manifest();
  manifest.sources.resize(1);
  const std::string text = write_manifest(manifest);
  EXPECT_TRUE(
      text.starts_with("{\n  \"abm\": \"generation/3\",\n  \"number\": 43,\n"
                       "  \"created_at\": \"2026-11-22T03:33:20Z\",\n  \"tenant\": \"acme-web\",\n"))
      << text;
  const ContentHash& hash = manifest.files[0].hash;
  EXPECT_NE(text.find("\n    {\"name\": \"ipdb.mmdb\", \"size\": 1000, \"sha256\": \"" + hash.sha256.hex() +
                      "\", \"xxh3_128\": \"" + hash.xxh3.hex() + "\"},\n"),
            text.npos)
      << text;
  EXPECT_TRUE(text.ends_with("\"\n}\n"));
}

TEST(Manifest, SaysWhoMadeItAndWhatChangedAsInFormatMd) {
  EXPECT_NE(
      write_manifest(sample_manifest())
          .find("  \"feed_version\": 1763780000,\n  \"rules_from\": 41,\n  \"replaces\": 42,\n"
                "  \"made\": {\"user\": \"abm\", \"host\": \"web-1\", \"commit\": \"9f\\\"\\n\", "
                "\"unknown to this version\": \"ü\"},\n"
                "  \"counts\": {\"rules\": 7, \"accounts\": 61},\n  \"counts_before\": {\"rules\": 6},\n"
                "  \"patterns\": {\"rules/*.yaml\": 3, \"../shared/[ab].yaml\": 0},\n  \"files\": ["),
      std::string::npos)
      << write_manifest(sample_manifest());
}

TEST(Manifest, ReadsFormat2WhichSaysNothingOfThat) {
  Manifest old = sample_manifest();
  old.format = 2;
  old.rules_from = old.replaces = 0;
  old.made.clear();
  old.counts.clear();
  old.counts_before.clear();
  old.patterns.clear();
  const std::string text = write_manifest(old);
  EXPECT_TRUE(text.starts_with("{\n  \"abm\": \"generation/2\",\n"));
  EXPECT_NE(text.find("  \"feed_version\": 1763780000,\n  \"files\": ["), text.npos) << text;
  const auto read = read_manifest(text);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, old);
  EXPECT_EQ(facts_of(*read).counts, (NamedCounts{{"accounts", 61}})) << "what its sources state";
}

TEST(Manifest, FindsTheFirstOfAName) {
  EXPECT_EQ(text_of({{"a", "1"}, {"b", "2"}, {"b", "3"}}, "b"), "2");
  EXPECT_EQ(text_of({}, "b"), "");
  EXPECT_EQ(count_of({{"a", 1}, {"b", 2}}, "b"), 2u);
  EXPECT_FALSE(count_of({{"a", 1}}, "b").has_value());
}

TEST(Manifest, RefusesTruncationAtEveryLength) {
  const std::string text = write_manifest(sample_manifest());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(read_manifest(std::string_view(text).substr(0, size)).ok()) << size;
  }
}

TEST(Manifest, RefusesAFlipOfEveryBit) {
  const std::string text = write_manifest(sample_manifest());
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(read_manifest(flipped).ok()) << "bit " << bit;
  }
}

TEST(Manifest, RefusesAnyByteAddedAnywhere) {
  const std::string text = write_manifest(sample_manifest());
  for (size_t at = 0; at <= text.size(); ++at) {
    std::string longer = text;
    longer.insert(at, 1, ' ');
    EXPECT_FALSE(read_manifest(longer).ok()) << at;
  }
}

/// `text` with its self-hash corrected: damage that only the layout reveals.
std::string with_right_hash(std::string body) {
  body.resize(body.rfind("  \"xxh3_128\": \""));
  return body + "  \"xxh3_128\": \"" + hash128(body).hex() + "\"\n}\n";
}

TEST(Manifest, RefusesAnotherSpellingEvenWithARightHash) {
  const std::string text = write_manifest(sample_manifest());
  ASSERT_TRUE(read_manifest(with_right_hash(text)).ok());
  const std::pair<std::string, std::string> changes[] = {
      {"\"number\": 43", "\"number\": 043"},
      {"\"number\": 43", "\"number\":  43"},
      {"acme-web", "acme\\u002dweb"},
      {"generation/3", "generation/1"},
      {"generation/3", "generation/2"},
      {"generation/3", "generation/4"},
      {"\"rules_from\": 41", "\"rules_from\": 041"},
      {"\"made\": {", "\"made\": { "},
      {"{\"user\": \"abm\", ", "{\"user\": \"abm\" "},
      {"{\"user\": \"abm\"", "{\"user\": 7"},
      {"{\"rules\": 7", "{\"rules\": \"7\""},
      {"\"patterns\": {", "\"patterns\": {, "},
      {"\"number\": 43", "\"number\": -43"},
      {"\"number\": 43", "\"number\": 99999999999999999999"},
      {"ipdb.mmdb", "other.mmd"},
      {"2026-11-22", "2026-13-22"},
      {"\"number\": 43", "\"number\": 0"},
      {"acme-web", "acme\\ud800web"},
      {"\"counts\": {}", "\"counts\": {,}"},
      {"\"sha256\": \"", "\"sha256\": \"+"},
      {"\"sha256\"", "\"sha512\""},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = text;
    const size_t at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    EXPECT_FALSE(read_manifest(with_right_hash(changed)).ok()) << to;
  }
}

TEST(Manifest, RefusesMoreThanItsLimit) {
  Manifest manifest = sample_manifest();
  manifest.sources[0].name.assign(kMaxManifestBytes, 'x');
  EXPECT_FALSE(read_manifest(write_manifest(manifest)).ok());
}

TEST(GenerationName, ReadsBackEveryWidth) {
  EXPECT_EQ(generation_name(43), "gen-000043");
  for (const uint64_t number : {uint64_t{1}, uint64_t{999'999}, uint64_t{1'000'000}, ~uint64_t{0}}) {
    const auto parsed = parse_generation_name(generation_name(number));
    ASSERT_TRUE(parsed.ok()) << number;
    EXPECT_EQ(*parsed, number);
  }
}

TEST(GenerationName, RefusesWhatIsNotAName) {
  for (const std::string_view name :
       {"", "gen-", "gen-43", "gen-000000", "gen-0000043", "gen-000043/", "../gen-000043", "gen-000043\n",
        "GEN-000043", "gen-00004x", "gen-+00043", "gen--00043", "gen-99999999999999999999",
        "gen-000000000000000000000000000043"}) {
    EXPECT_FALSE(parse_generation_name(name).ok()) << name;
  }
}

}  // namespace
}  // namespace abm::generation
