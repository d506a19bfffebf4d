// What validation and opening take of memory for files made to cost much: a bound that the file's size gives.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "base/hash.h"
#include "ipdb/mmdb_validator.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

constexpr uint64_t kMebibyte = 1u << 20;
// What the allocator keeps and the test's own pages: small beside what is measured.
constexpr uint64_t kSlack = 2 * kMebibyte;

uint64_t status_bytes(std::string_view name) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  return 0;
}

/// Peak of resident memory that `work` adds, measured in a child of its own.
uint64_t memory_of(const std::function<void()>& work) {
  int report[2];
  if (::pipe(report) != 0) return UINT64_MAX;
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins here
    const uint64_t before = status_bytes("VmRSS:");
    work();
    const uint64_t added = status_bytes("VmHWM:") - before;
    ::_exit(::write(report[1], &added, sizeof added) == sizeof added ? 0 : 1);
  }
  ::close(report[1]);
  uint64_t added = UINT64_MAX;
  if (::read(report[0], &added, sizeof added) != sizeof added) added = UINT64_MAX;
  ::close(report[0]);
  ::waitpid(child, nullptr, 0);
  return added;
}

/// A balanced tree whose leaves are `offsets`, then `data`.
std::string file_of(const std::vector<uint32_t>& offsets, const std::string& data) {
  const auto leaves = static_cast<uint32_t>(offsets.size());
  const uint32_t nodes = leaves - 1;
  const auto value = [&](uint32_t n) { return n < nodes ? n : nodes + 16 + offsets[n - nodes]; };
  std::string file;
  file.reserve(data.size() + nodes * size_t{8} + 4096);
  for (uint32_t i = 0; i < nodes; ++i) mmdb::append_node(file, value(2 * i + 1), value(2 * i + 2), 32);
  file.append(16, '\0');
  file += data;
  file += mmdb::kMetadataMarker;
  mmdb::DataWriter map;
  map.map(9);
  map.text("node_count");
  map.number(mmdb::Type::kUint32, nodes);
  map.text("record_size");
  map.number(mmdb::Type::kUint16, 32);
  map.text("ip_version");
  map.number(mmdb::Type::kUint16, 6);
  map.text("build_epoch");
  map.number(mmdb::Type::kUint64, 1);
  map.text("binary_format_major_version");
  map.number(mmdb::Type::kUint16, 2);
  map.text("binary_format_minor_version");
  map.number(mmdb::Type::kUint16, 0);
  map.text("description");
  map.map(0);
  map.text("languages");
  map.array(0);
  map.text("database_type");
  map.text("Hostile");
  return file + map.bytes();
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
  // Each of them would be ours, were it not a pointer.
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
  // The file's own pages count too: once for our mapping and once for libmaxminddb's, which share them.
  const uint64_t added = memory_of([&] {
    if (!Index::open(fd->get()).ok()) ::_exit(1);
  });
  EXPECT_LE(added, 2 * file.size() + file.size() / 4 + 2 * kMebibyte + kSlack);
  const auto index = Index::open(fd->get());
  ASSERT_TRUE(index.ok()) << index.message();
}

}  // namespace
}  // namespace abm::ipdb
