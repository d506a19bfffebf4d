#include "ipdb/mmdb_validator.h"

#include <set>

#include "ipdb/mmdb_data_writer.h"
#include "ipdb/mmdb_format.h"
#include "tests/ipdb/hostile_mmdb.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

struct Parts {
  std::vector<std::array<uint32_t, 2>> nodes{{1, 1}};  // an empty tree of one node
  std::string separator = std::string(16, '\0');
  std::string data{};
  uint64_t node_count = 0;  // 0: as many as there are
  uint64_t record_size = 24;
  uint64_t ip_version = 6;
  uint64_t build_epoch = 1;
  uint64_t major = 2;
  std::string languages{}, description{};  // encoded fields; empty for none
};

std::string file_of(const Parts& parts) {
  std::string file;
  for (const auto& node : parts.nodes) mmdb::append_node(file, node[0], node[1], 24);
  file += parts.separator;
  file += parts.data;
  file += mmdb::kMetadataMarker;
  mmdb::DataWriter map;
  map.map(6 + (parts.languages.empty() ? 0u : 1u) + (parts.description.empty() ? 0u : 1u));
  map.text("node_count");
  map.number(mmdb::Type::kUint32, parts.node_count != 0 ? parts.node_count : parts.nodes.size());
  map.text("record_size");
  map.number(mmdb::Type::kUint16, parts.record_size);
  map.text("ip_version");
  map.number(mmdb::Type::kUint16, parts.ip_version);
  map.text("build_epoch");
  map.number(mmdb::Type::kUint64, parts.build_epoch);
  map.text("binary_format_major_version");
  map.number(mmdb::Type::kUint16, parts.major);
  map.text("database_type");
  map.text("Test");
  file += map.bytes();
  if (!parts.languages.empty()) file += "\x49languages" + parts.languages;
  if (!parts.description.empty())
    file +=
        "\x4b"
        "description" +
        parts.description;
  return file;
}

std::string refusal(const Parts& parts) {
  const auto summary = validate_mmdb(file_of(parts));
  return summary ? "accepted" : summary.message();
}

// A file whose only record is `data`.
Parts with_data(std::string data) {
  Parts parts;
  parts.nodes = {{17, 17}};
  parts.data = std::move(data);
  return parts;
}

TEST(MmdbValidator, AcceptsWellFormedVendorFilesAndRefusesTheBrokenOnes) {
  const auto folder = test_data("maxmind-db/test-data");
  if (!folder) GTEST_SKIP() << "no maxmind-db test data";
  const std::set<std::string> broken = {
      "GeoIP2-City-Test-Broken-Double-Format.mmdb", "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
      "MaxMind-DB-test-broken-pointers-24.mmdb", "MaxMind-DB-test-broken-search-tree-24.mmdb"};
  for (const auto& file : mmdb_files(*folder)) {
    const auto summary = validate_mmdb(bytes_of(file));
    EXPECT_EQ(summary.ok(), broken.count(file.filename().string()) == 0)
        << file << ": " << (summary ? "accepted" : summary.message());
  }
}

TEST(MmdbValidator, RefusesEveryBadFileThatCouldDoHarm) {
  const auto folder = test_data("maxmind-db/bad-data/libmaxminddb");
  if (!folder) GTEST_SKIP() << "no maxmind-db bad data";
  // Harmless: two whose metadata ends in an empty container (some readers broke on that), and one whose
  // corrupt nodes no lookup can reach.
  const std::set<std::string> harmless = {"libmaxminddb-corrupt-search-tree.mmdb",
                                          "libmaxminddb-empty-array-last-in-metadata.mmdb",
                                          "libmaxminddb-empty-map-last-in-metadata.mmdb"};
  for (const auto& file : mmdb_files(*folder)) {
    const auto summary = validate_mmdb(bytes_of(file));
    EXPECT_EQ(summary.ok(), harmless.count(file.filename().string()) == 1)
        << file << ": " << (summary ? "accepted" : summary.message());
    if (!summary) continue;
    auto index = open_bytes(bytes_of(file));
    ASSERT_TRUE(index.ok()) << file;
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000; ++i)
      EXPECT_FALSE(index->lookup(random_address(random, i % 2 == 0)).identified());
  }
}

TEST(MmdbValidator, NestedArraysOf800KilobytesOverflowNoStack) {
  std::string nested;
  for (int i = 0; i < 400'000; ++i) nested += std::string("\x01\x04", 2);
  nested += "\x41x";
  EXPECT_NE(refusal(with_data(nested)).find("nested deeper"), std::string::npos);
  // The same in the metadata, which is read first.
  Parts parts;
  std::string file = file_of(parts);
  file.resize(file.rfind(mmdb::kMetadataMarker) + mmdb::kMetadataMarker.size());
  EXPECT_FALSE(validate_mmdb(file + nested.substr(0, 100'000)).ok());
}

TEST(MmdbValidator, RefusesMetadataThatIsMissingOrImpossible) {
  EXPECT_EQ(refusal(Parts{}), "accepted");
  EXPECT_FALSE(validate_mmdb("").ok());
  EXPECT_FALSE(validate_mmdb(std::string(200'000, 'x')).ok());
  EXPECT_FALSE(validate_mmdb(mmdb::kMetadataMarker).ok());
  EXPECT_NE(refusal({.node_count = 0xffffffff}).find("do not fit"), std::string::npos);
  EXPECT_NE(refusal({.node_count = 5}).find("do not fit"), std::string::npos);
  EXPECT_NE(refusal({.record_size = 16}).find("record_size"), std::string::npos);
  EXPECT_NE(refusal({.ip_version = 5}).find("ip_version"), std::string::npos);
  EXPECT_NE(refusal({.build_epoch = UINT64_MAX}).find("build_epoch"), std::string::npos);
  EXPECT_NE(refusal({.build_epoch = 0}).find("build_epoch"), std::string::npos);
  EXPECT_NE(refusal({.major = 3}).find("binary_format"), std::string::npos);
  EXPECT_NE(refusal({.separator = "0123456789abcdef"}).find("16 zero bytes"), std::string::npos);
  Parts two;  // node_count 1 would put the second node where the zeros belong
  two.nodes = {{1, 1}, {1, 1}};
  two.node_count = 1;
  EXPECT_NE(refusal(two), "accepted");
}

// libmaxminddb 1.7.1 also refuses these at open, but leaks what it has read of the list.
TEST(MmdbValidator, RefusesLanguagesAndDescriptionsThatAreNotTexts) {
  using namespace std::string_literals;
  const std::string list = "\x04"s,
                    en = "\x42"
                         "en"s,
                    seven = "\xa1\x07"s, empty_list = "\x00"s + list;
  EXPECT_EQ(refusal({.languages = empty_list, .description = "\xe0"s}), "accepted");
  EXPECT_EQ(refusal({.languages = "\x02"s + list + en + en, .description = "\xe1"s + en + en}), "accepted");
  // A pointer to the text "Test" of this metadata, or to the number before it.
  const std::string metadata = file_of(Parts{}).substr(file_of(Parts{}).rfind(mmdb::kMetadataMarker) + 14);
  const auto pointer = [&](size_t at) { return "\x20"s + static_cast<char>(at); };
  EXPECT_EQ(refusal({.languages = "\x01"s + list + pointer(metadata.find("\x44Test"))}), "accepted");
  for (const std::string& wrong :
       {en, seven, "\xe1"s + en + en, "\x01"s + list + seven, "\x02"s + list + en + seven,
        "\x01"s + list + empty_list, "\x01"s + list + pointer(metadata.find("\xa1\x02"))}) {
    const std::string why = refusal({.languages = wrong});
    EXPECT_NE(why.find("'languages' is not a list of texts"), std::string::npos) << why;
  }
  for (const std::string& wrong :
       {en, "\x01"s + list + en, "\xe1"s + en + seven, "\xe2"s + en + en + en + empty_list}) {
    const std::string why = refusal({.description = wrong});
    EXPECT_NE(why.find("'description' is not a map of texts"), std::string::npos) << why;
  }
}

// libmaxminddb copies each of them: a pointer takes two bytes in the file, but may name a text of any length.
TEST(MmdbValidator, RefusesLanguagesAndDescriptionsOfMoreTextThanMetadataHold) {
  const std::string text(2000, 'x');
  for (const uint32_t count : {65u, 66u}) {
    HostileMmdb file;
    file.everywhere();
    file.data = "\xe0";
    file.languages = [&](RawData& d) {
      d.array(count);
      const uint32_t at = d.size();
      d.text(text);
      for (uint32_t i = 1; i < count; ++i) d.pointer(at);
    };
    EXPECT_EQ(validate_mmdb(file.bytes()).ok(), count == 65) << count;
    file.languages = [](RawData& d) { d.array(0); };
    file.description = [&](RawData& d) {
      d.map(count);
      const uint32_t at = d.size() + 2;
      for (uint32_t i = 0; i < count; ++i) {
        d.text("e");
        i == 0 ? d.text(text) : d.pointer(at);
      }
    };
    EXPECT_EQ(validate_mmdb(file.bytes()).ok(), count == 65) << count;
  }
}

TEST(MmdbValidator, RefusesTreesThatLoopOrRunTooDeep) {
  EXPECT_NE(refusal({.nodes = {{0, 1}}}).find("leads back to itself"), std::string::npos);
  EXPECT_NE(refusal({.nodes = {{1, 2}, {0, 2}}}).find("leads back to itself"), std::string::npos);
  // A chain of n nodes uses n bits of the address.
  for (const auto& [version, bits] : {std::pair{4u, 32u}, std::pair{6u, 128u}}) {
    for (const uint32_t length : {bits, bits + 1}) {
      Parts parts;
      parts.ip_version = version;
      parts.nodes.clear();
      for (uint32_t i = 0; i < length; ++i) parts.nodes.push_back({i + 1, length});
      EXPECT_EQ(refusal(parts) == "accepted", length == bits) << length << ' ' << refusal(parts);
    }
  }
}

TEST(MmdbValidator, SharedNodesCostNothingAndCountTowardsTheDepth) {
  // Both sides of every node lead to the next: 2^n paths, n nodes. 128 levels must be accepted, and quickly.
  for (const uint32_t length : {128u, 129u}) {
    Parts parts;
    parts.nodes.clear();
    for (uint32_t i = 0; i < length; ++i) parts.nodes.push_back({i + 1, i + 1});
    EXPECT_EQ(refusal(parts) == "accepted", length == 128);
  }
  // A shortcut seen first must not hide the longer way: node 2 has 127 levels below it and is
  // reached at depths 1 and 2.
  Parts parts;
  parts.nodes = {{2, 1}, {2, 130}};
  for (uint32_t i = 2; i < 130; ++i) parts.nodes.push_back({i + 1, 130});
  EXPECT_NE(refusal(parts).find("longer than an address"), std::string::npos);
}

TEST(MmdbValidator, RefusesRecordsOutsideTheData) {
  EXPECT_NE(refusal({.nodes = {{2, 1}}}).find("between tree and data"), std::string::npos);
  EXPECT_NE(refusal({.nodes = {{16, 1}}}).find("between tree and data"), std::string::npos);
  EXPECT_NE(refusal({.nodes = {{17, 1}}}).find("outside the data"), std::string::npos);
  EXPECT_NE(refusal({.nodes = {{0xffffff, 1}}}).find("outside the data"), std::string::npos);
  EXPECT_EQ(refusal(with_data("\x41x")), "accepted");
}

TEST(MmdbValidator, RefusesFieldsThatLie) {
  const auto bytes = [](std::initializer_list<int> list) {
    std::string out;
    for (const int b : list) out.push_back(static_cast<char>(b));
    return out;
  };
  const struct {
    std::string data;
    const char* reason;
  } cases[] = {
      {bytes({0x42, 'x'}), "crosses the end"},
      {bytes({0x5f, 0xff, 0xff, 0xff}), "crosses the end"},
      {bytes({0x5e, 0xff}), "cut short"},
      {bytes({0xff, 0xff, 0xff, 0xff}), "more entries than bytes"},
      {bytes({0x1f, 0x04, 0xff, 0xff, 0xff}), "more entries than bytes"},
      {bytes({0x20, 0x00}), "another pointer"},
      {bytes({0x20, 0x09}), "leads to no field"},
      {bytes({0x38, 0xff, 0xff, 0xff, 0xff}), "leads to no field"},
      {bytes({0xe1, 0x41, 'k', 0x20, 0x00}), "nested deeper"},
      {bytes({0xe1, 0xa1, 1, 0x41, 'v'}), "key is not text"},
      {bytes({0xe1, 0x20, 3, 0xa1, 1}), "key is not text"},
      {bytes({0x42, 0xc3, 0x28}), "not UTF-8"},
      {bytes({0x67, 0, 0, 0, 0, 0, 0, 0}), "impossible size"},
      {bytes({0xa3, 0, 0, 0}), "impossible size"},
      {bytes({0xc5, 0, 0, 0, 0, 0}), "impossible size"},
      {bytes({0x02, 0x07}), "impossible size"},
      {bytes({0x00, 0x05}), "not a field of the format"},
      {bytes({0x00, 0x06}), "not a field of the format"},
      {bytes({0x00, 0x00}), "not a field of the format"},
      {bytes({0x00, 0xff}), "not a field of the format"},
  };
  for (const auto& c : cases) {
    const std::string said = refusal(with_data(c.data));
    EXPECT_NE(said.find(c.reason), std::string::npos) << said << " instead of " << c.reason;
  }
}

TEST(MmdbValidator, PointersThatMultiplyFieldsAreRefusedQuickly) {
  // Each level has sixteen pointers to the one before: 16^12 fields for a reader that follows them.
  mmdb::DataWriter data;
  std::string bytes = "\x41x";
  uint32_t previous = 0;
  for (int level = 0; level < 12; ++level) {
    const auto here = static_cast<uint32_t>(bytes.size());
    bytes += std::string("\x10\x04", 2);
    for (int i = 0; i < 16; ++i) {
      bytes.push_back(static_cast<char>(0x20 | previous >> 8));
      bytes.push_back(static_cast<char>(previous & 0xff));
    }
    previous = here;
  }
  Parts parts = with_data(bytes);
  parts.nodes = {{17 + previous, 17 + previous}};
  EXPECT_NE(refusal(parts).find("more fields than the limit"), std::string::npos) << refusal(parts);
}

TEST(MmdbValidator, OverlappingTextsCannotBuyQuadraticTime) {
  // Records at many offsets, each a text that spans nearly the whole section: the work limit stops it.
  std::string data{};
  const uint32_t size = 4u << 20;
  while (data.size() < size)
    data += std::string(
        "_"
        "\x3e\x7d\x1f",
        4);  // a text of about 4 MB, then itself again
  data += std::string(5u << 20, 'x');
  Parts parts;
  parts.nodes.clear();
  const uint32_t count = 1u << 16;
  for (uint32_t i = 0; i + 1 < count; ++i) {
    const uint32_t left = 2 * i + 1, right = 2 * i + 2;
    const auto leaf = [&](uint32_t n) { return n + 1 < count ? n : count - 1 + 16 + 4 * (n - count / 2); };
    parts.nodes.push_back({leaf(left), leaf(right)});
  }
  parts.data = data;
  MmdbLimits limits;
  limits.max_steps = 1u << 24;
  const auto summary = validate_mmdb(file_of(parts), limits);
  ASSERT_FALSE(summary.ok());
  EXPECT_NE(summary.message().find("more text than the limit"), std::string::npos) << summary.message();
}

TEST(MmdbValidator, LimitsAreTheCallers) {
  mmdb::DataWriter data;
  data.array(3);
  for (int i = 0; i < 3; ++i) data.text("x");
  const std::string file = file_of(with_data(data.bytes()));
  EXPECT_TRUE(validate_mmdb(file, {.max_depth = 1}).ok());
  EXPECT_FALSE(validate_mmdb(file, {.max_depth = 0}).ok());
  EXPECT_FALSE(validate_mmdb(file, {.max_record_fields = 2}).ok());
  EXPECT_FALSE(validate_mmdb(file, {.max_steps = 3}).ok());
}

TEST(MmdbValidator, SlicesGiveTheSameSummary) {
  const auto folder = test_data("maxmind-db/test-data");
  if (!folder) GTEST_SKIP() << "no maxmind-db test data";
  const std::string bytes = bytes_of(*folder / "GeoIP2-City-Test.mmdb");
  const auto whole = validate_mmdb(bytes);
  ASSERT_TRUE(whole.ok());
  auto validator = MmdbValidator::start(bytes);
  ASSERT_TRUE(validator.ok());
  int slices = 1;
  for (;; ++slices) {
    auto done = validator->step(1);
    ASSERT_TRUE(done.ok());
    if (*done) break;
  }
  EXPECT_GT(slices, 1000);
  EXPECT_EQ(validator->summary().networks, whole->networks);
  EXPECT_EQ(validator->summary().records, whole->records);
  uint64_t records = 0, at = 0, words = UINT64_MAX;
  for (; validator->records().next(at, words); ++at) ++records;
  EXPECT_EQ(records, whole->records);
}

}  // namespace
}  // namespace abm::ipdb
