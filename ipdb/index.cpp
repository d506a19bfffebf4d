#include "ipdb/index.h"

#include "ipdb/index_state.h"
#include "ipdb/mmdb_format.h"

namespace abm::ipdb {
namespace {

constexpr uint32_t kSeparator = mmdb::kSeparatorBytes;

}  // namespace

Index::Index(std::unique_ptr<IndexState> state) noexcept : state_(std::move(state)) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Result<Index> Index::open(int fd) {
  auto loader = IndexLoader::start(fd);
  if (!loader) return loader.error();
  for (;;) {
    auto done = loader->step(UINT64_MAX / 4);
    if (!done) return done.error();
    if (*done) return std::move(*loader).take();
  }
}

uint64_t Index::build_epoch() const noexcept {
  return state_->metadata().build_epoch;
}
uint32_t Index::node_count() const noexcept {
  return state_->metadata().node_count;
}
std::string_view Index::database_type() const noexcept {
  return state_->metadata().database_type;
}

bool Index::release(size_t most) noexcept {
  return state_->records.release(most) && state_->ipv4_top.release(most) && state_->file.release(most);
}

// The tree was validated: within the address's bits, every record leads to a node, to
// nothing, or to a checked offset.
Match Index::lookup(const IpAddress& address) const noexcept {
  const IndexState& s = *state_;
  const uint32_t nodes = s.metadata().node_count;
  const auto* bytes = address.bytes.data();
  uint32_t value = 0;
  unsigned depth = 0;  // bits of the address used, counted in the address's own family
  if (address.is_v4) {
    const size_t top = static_cast<size_t>(bytes[12]) << 8 | bytes[13];
    value = s.ipv4_top[top].value;
    depth = s.ipv4_top[top].depth;
    for (; value < nodes && depth < 32; ++depth) {
      value = mmdb::read_record(s.tree(), value, mmdb::bit_at(bytes + 12, depth), s.metadata().record_size);
    }
  } else if (s.metadata().ip_version == 6) {
    for (; value < nodes && depth < 128; ++depth) {
      value = mmdb::read_record(s.tree(), value, mmdb::bit_at(bytes, depth), s.metadata().record_size);
    }
  } else {
    value = nodes;
  }
  Match match;
  if (value > nodes) {
    if (const StoredRecord* record = s.records.find(value - nodes - kSeparator)) {
      const auto* account = reinterpret_cast<const char*>(s.tree()) + record->account_at;
      match.key = record->key;
      match.account = {account, record->account_bytes};
      match.confidence = record->confidence;
      match.source = record->source;
      match.exclusion = record->exclusion;
    }
  }
  match.network = {address.truncated(depth), static_cast<uint8_t>(depth)};
  return match;
}

}  // namespace abm::ipdb
