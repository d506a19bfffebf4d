// The memory that validation and opening take for files made to be expensive: bounded by the file's size.
#include "base/hash.h"
#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/hostile_mmdb.h"
#include "tests/ipdb/ipdb_testing.h"
#include "tests/ipdb/memory_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

// What the allocator keeps and the test's own pages: small compared with what is measured.
constexpr uint64_t kSlack = 2 * kMebibyte;

/// A balanced tree whose leaves are `offsets`, then `data`.
std::string file_of(const std::vector<uint32_t>& offsets, const std::string& data) {
  HostileMmdb file;
  file.leaves(offsets);
  file.data = data;
  return file.bytes();
}

void append_pointer(std::string& out, uint32_t target) {
  out.push_back('\x38');  // a pointer with four bytes of offset
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(target >> shift & 0xff));
}

TEST(MmdbMemory, PointersToMillionsOfContainersTakeNoMoreThanTheStatedBound) {
  constexpr uint32_t kMaps = 1'000'000, kPerRecord = 30'000;
  std::string data(kMaps, '\xe0');  // as many empty maps
  std::vector<uint32_t> offsets;
  for (uint32_t map = 0; map < kMaps;) {
    offsets.push_back(static_cast<uint32_t>(data.size()));
    const uint32_t count = std::min(kPerRecord, kMaps - map);
    const uint32_t rest = count - 285;
    for (const uint32_t byte : {0x1eu, 0x04u, rest >> 8, rest & 0xff})
      data.push_back(static_cast<char>(byte));
    for (uint32_t i = 0; i < count; ++i) append_pointer(data, map++);
  }
  const std::string file = file_of(offsets, data);
  const uint64_t added = memory_of([&] {
    if (!validate_mmdb(file).ok()) ::_exit(1);
  });
  EXPECT_LE(added, file.size() / 4 + kMebibyte + kSlack);
}

TEST(MmdbMemory, MillionsOfRecordsThatPointToOneTakeNoMoreThanTheStatedBound) {
  // Each of them would be ours if it were not a pointer.
  mmdb::DataWriter record;
  record.map(4);
  record.text("account");
  record.text("deere");
  record.text("key");
  record.number(mmdb::Type::kUint64, hash64("deere"));
  record.text("confidence");
  record.text("high");
  record.text("source");
  record.text("feed");
  std::string data = record.bytes();
  std::vector<uint32_t> offsets{0};
  for (uint32_t i = 0; i < 600'000; ++i) {
    offsets.push_back(static_cast<uint32_t>(data.size()));
    append_pointer(data, 0);
  }
  const std::string file = file_of(offsets, data);
  const auto fd = sealed_copy("test.mmdb", file);
  ASSERT_TRUE(fd.ok());
  // The file's own pages count too: our mapping and libmaxminddb's share them, but each counts.
  const uint64_t added = memory_of([&] {
    if (!Index::open(fd->get()).ok()) ::_exit(1);
  });
  EXPECT_LE(added, 2 * file.size() + file.size() / 4 + 2 * kMebibyte + kSlack);
  const auto index = Index::open(fd->get());
  ASSERT_TRUE(index.ok()) << index.message();
}

}  // namespace
}  // namespace abm::ipdb
