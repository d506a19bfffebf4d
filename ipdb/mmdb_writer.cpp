#include "ipdb/mmdb_writer.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "ipdb/mmdb_data_writer.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/mmdb_tree.h"

namespace abm::ipdb {
namespace {

using mmdb::Tree;
using mmdb::Type;

constexpr std::string_view kDatabaseType = "ABM-Account";

struct RecordOrder {
  bool operator()(const Record& a, const Record& b) const noexcept {
    return std::tie(a.account, a.confidence, a.source, a.exclusion) <
           std::tie(b.account, b.confidence, b.source, b.exclusion);
  }
};

void write_record(mmdb::DataWriter& data, const Record& record) {
  if (record.exclusion != Exclusion::kNone) {
    data.map(2);
    data.text("exclude");
    data.text(to_string(record.exclusion));
    data.text("source");
    data.text(to_string(record.source));
    return;
  }
  data.map(4);
  data.text("account");
  data.text(record.account);
  data.text("key");
  data.number(Type::kUint64, hash64(record.account));
  data.text("confidence");
  data.text(to_string(record.confidence));
  data.text("source");
  data.text(to_string(record.source));
}

std::string metadata(uint32_t node_count, unsigned record_bits, uint64_t build_epoch,
                     std::string_view description) {
  mmdb::DataWriter map;
  map.map(9);
  map.text("binary_format_major_version");
  map.number(Type::kUint16, 2);
  map.text("binary_format_minor_version");
  map.number(Type::kUint16, 0);
  map.text("build_epoch");
  map.number(Type::kUint64, build_epoch);
  map.text("database_type");
  map.text(kDatabaseType);
  map.text("description");
  map.map(1);
  map.text("en");
  map.text(description);
  map.text("ip_version");
  map.number(Type::kUint16, 6);
  map.text("languages");
  map.array(1);
  map.text("en");
  map.text("node_count");
  map.number(Type::kUint32, node_count);
  map.text("record_size");
  map.number(Type::kUint16, record_bits);
  return map.bytes();
}

}  // namespace

struct MmdbWriter::State {
  Tree tree;
  std::map<Record, uint32_t, RecordOrder> numbers;
  std::vector<Record> records;
  bool full = false;

  void paint(const IpPrefix& network, Tree::Slot slot) { full = !tree.paint(network, slot) || full; }
};

MmdbWriter::MmdbWriter() : state_(std::make_unique<State>()) {}
MmdbWriter::~MmdbWriter() = default;
MmdbWriter::MmdbWriter(MmdbWriter&&) noexcept = default;
MmdbWriter& MmdbWriter::operator=(MmdbWriter&&) noexcept = default;

uint32_t MmdbWriter::add_record(const Record& record) {
  const auto next = static_cast<uint32_t>(state_->records.size());
  const auto [known, is_new] = state_->numbers.try_emplace(record, next);
  if (is_new) state_->records.push_back(record);
  return known->second;
}

void MmdbWriter::insert(const IpPrefix& network, uint32_t record) {
  state_->paint(network, Tree::record_slot(record));
}

void MmdbWriter::erase(const IpPrefix& network) {
  state_->paint(network, Tree::kEmpty);
}

Result<std::string> MmdbWriter::finish(uint64_t build_epoch, std::string_view description) && {
  const std::unique_ptr<State> state = std::move(state_);
  if (state->full || !state->tree.merge_and_alias()) {
    return Error{
        fmt::format("the networks need more than {} tree nodes; no index was built", Tree::kMaxNodes)};
  }
  const std::vector<Tree::Node> nodes = state->tree.ordered();
  const auto node_count = static_cast<uint32_t>(nodes.size());

  // Only records that the tree still names are written, in the order they were added.
  constexpr uint64_t kUnused = UINT64_MAX;
  std::vector<uint64_t> offsets(state->records.size(), kUnused);
  for (const Tree::Node& node : nodes) {
    for (const Tree::Slot slot : node.child) {
      if (!Tree::is_node(slot) && slot != Tree::kEmpty) offsets[slot & ~Tree::kRecordBit] = 0;
    }
  }
  mmdb::DataWriter data;
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] == kUnused) continue;
    offsets[i] = data.size();
    write_record(data, state->records[i]);
  }

  const uint64_t largest = node_count + mmdb::kSeparatorBytes + data.size();
  const unsigned bits = largest < (1u << 24) ? 24 : largest < (1u << 28) ? 28 : 32;
  if (largest > UINT32_MAX) return Error{"the records need more than 4 GiB; no index was built"};
  const auto value = [&](Tree::Slot slot) -> uint32_t {
    if (Tree::is_node(slot)) return slot;
    if (slot == Tree::kEmpty) return node_count;
    return static_cast<uint32_t>(node_count + mmdb::kSeparatorBytes + offsets[slot & ~Tree::kRecordBit]);
  };
  const std::string tail = metadata(node_count, bits, std::max<uint64_t>(build_epoch, 1), description);
  std::string file;
  file.reserve(nodes.size() * (bits / 4) + mmdb::kSeparatorBytes + data.size() + tail.size() + 64);
  for (const Tree::Node& node : nodes)
    mmdb::append_node(file, value(node.child[0]), value(node.child[1]), bits);
  file.append(mmdb::kSeparatorBytes, '\0');
  file += data.bytes();
  file += mmdb::kMetadataMarker;
  file += tail;
  return file;
}

}  // namespace abm::ipdb
