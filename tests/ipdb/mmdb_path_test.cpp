// Values by path: the same ones libmaxminddb finds, at a cost that is counted.
#include "ipdb/mmdb_path.h"

#include <maxminddb.h>

#include <bit>

#include "ipdb/mmdb_file.h"
#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/hostile_mmdb.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb::mmdb {
namespace {

using namespace ipdb::testing;

constexpr uint64_t kPlenty = 1u << 20;

// A random value; containers have keys a to d, some of them twice, and pointers to what was written before.
void random_value(std::mt19937_64& random, RawData& out, std::vector<uint32_t>& targets, unsigned depth) {
  const uint32_t at = out.size();
  const uint64_t kind = random() % (depth == 0 ? 6 : 10);
  const auto fill = [&](bool is_map) {
    const auto count = static_cast<uint32_t>(random() % 5);
    is_map ? out.map(count) : out.array(count);
    for (uint32_t i = 0; i < count; ++i) {
      if (is_map) out.text(std::string(1, static_cast<char>('a' + random() % 4)));
      random_value(random, out, targets, depth - 1);
    }
  };
  switch (kind) {
    case 0:
      out.text(std::to_string(random() % 1000));
      break;
    case 1:
      out.number(Type::kUint32, random(), static_cast<uint32_t>(random() % 5));
      break;
    case 2:
      out.number(Type::kDouble, random(), 8);
      break;
    case 3:
      out.boolean(random() % 2 == 0);
      break;
    case 4:
      out.number(Type::kInt32, random(), static_cast<uint32_t>(random() % 5));
      break;
    case 5:
      if (targets.empty()) return out.text("x");
      return out.pointer(targets[random() % targets.size()]);
    default:
      fill(kind % 2 == 0);
  }
  targets.push_back(at);
}

TEST(MmdbPath, FindsWhatLibmaxminddbFinds) {
  std::mt19937_64 random(41);
  const char* const parts[] = {"a", "b", "c", "d", "0", "1", "-1", "-2", "7", "-9", "x", "1x"};
  int found = 0, files = 0;
  for (int round = 0; round < 400; ++round) {
    RawData data;
    std::vector<uint32_t> targets;
    uint32_t start = 0;
    for (int i = 0; i < 6; ++i) {
      start = data.size();
      random_value(random, data, targets, 4);
    }
    HostileMmdb file;
    file.data = data.bytes();
    file.everywhere(start);
    const std::string bytes = file.bytes();
    if (!validate_mmdb(bytes)) continue;  // pointers may have made it too deep
    ++files;
    const auto fd = sealed_copy("test", bytes);
    MmdbHandle handle;
    ASSERT_TRUE(fd.ok() && handle.open(fd->get()).ok());
    for (int i = 0; i < 60; ++i) {
      std::string path;
      std::vector<std::string> words(1 + random() % 3);
      std::vector<const char*> pointers;
      for (std::string& word : words) {
        word = parts[random() % std::size(parts)];
        path += (path.empty() ? "" : ".") + word;
        pointers.push_back(word.c_str());
      }
      pointers.push_back(nullptr);
      MMDB_entry_s entry{&handle.db(), start};
      MMDB_entry_data_s theirs;
      const bool there = MMDB_aget_value(&entry, &theirs, pointers.data()) == MMDB_SUCCESS && theirs.has_data;
      PathReader reader(file.data, kPlenty);
      const auto ours = reader.find(start, FieldPath(path));
      ASSERT_EQ(ours.has_value(), there) << path << " round " << round;
      if (!there) continue;
      ++found;
      ASSERT_EQ(static_cast<uint32_t>(ours->field.type), theirs.type) << path;
      switch (theirs.type) {
        case MMDB_DATA_TYPE_UTF8_STRING:
          ASSERT_EQ(ours->text(), std::string_view(theirs.utf8_string, theirs.data_size));
          break;
        case MMDB_DATA_TYPE_UINT32:
          ASSERT_EQ(ours->number(), theirs.uint32);
          break;
        case MMDB_DATA_TYPE_INT32:
          ASSERT_EQ(ours->number(), theirs.int32);
          break;
        case MMDB_DATA_TYPE_DOUBLE:
          ASSERT_EQ(std::bit_cast<uint64_t>(*ours->number()), std::bit_cast<uint64_t>(theirs.double_value));
          break;
        default:
          break;
      }
    }
  }
  EXPECT_GT(files, 300);
  EXPECT_GT(found, 500);
}

TEST(MmdbPath, FindsNothingOnceItsWorkIsDone) {
  RawData data;
  data.map(1000);
  for (int i = 0; i < 999; ++i) {
    data.text("k" + std::to_string(i));
    data.number(Type::kUint16, 1, 1);
  }
  data.text("last");
  data.text("here");
  const FieldPath last("last");
  PathReader enough(data.bytes(), 2002);
  EXPECT_EQ(enough.find(0, last)->text(), "here");
  EXPECT_FALSE(enough.exhausted());
  EXPECT_FALSE(enough.find(0, last).has_value());
  EXPECT_TRUE(enough.exhausted());
  PathReader too_little(data.bytes(), 2001);
  EXPECT_FALSE(too_little.find(0, last).has_value());
  EXPECT_TRUE(too_little.exhausted());
}

TEST(MmdbPath, ReadsOnlyNumbersThatADoubleHolds) {
  const auto number_of = [](auto&& fill) {
    RawData data;
    fill(data);
    RawData map;
    map.map(1);
    map.text("k");
    map.raw(data.bytes());
    PathReader reader(map.bytes(), kPlenty);
    return reader.find(0, FieldPath("k"))->number();
  };
  EXPECT_EQ(number_of([](RawData& d) { d.number(Type::kUint64, UINT64_MAX, 8); }), 18446744073709551616.0);
  EXPECT_EQ(number_of([](RawData& d) { d.number(Type::kInt32, 0xffffffff, 4); }), -1);
  EXPECT_EQ(number_of([](RawData& d) { d.number(Type::kFloat, std::bit_cast<uint32_t>(1.5f), 4); }), 1.5);
  EXPECT_EQ(number_of([](RawData& d) { d.text("12.5"); }), 12.5);
  for (const char* text : {"", " 1", "1 ", "0x10", "1e999", "one"})
    EXPECT_EQ(number_of([&](RawData& d) { d.text(text); }), std::nullopt) << text;
  EXPECT_EQ(number_of([](RawData& d) { d.number(Type::kUint128, 5, 16); }), std::nullopt);
  EXPECT_EQ(number_of([](RawData& d) { d.boolean(true); }), std::nullopt);
  EXPECT_EQ(number_of([](RawData& d) { d.map(0); }), std::nullopt);
  EXPECT_EQ(number_of([](RawData& d) { d.head(Type::kBytes, 0); }), std::nullopt);
}

}  // namespace
}  // namespace abm::ipdb::mmdb
