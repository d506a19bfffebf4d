#include "ipdb/index.h"

#include <algorithm>

#include "base/embedded_ipv4.h"
#include "ipdb/index_state.h"
#include "ipdb/mmdb_format.h"
#include "ipdb/special_networks.h"

namespace abm::ipdb {
namespace {

constexpr uint32_t kSeparator = mmdb::kSeparatorBytes;

// Whatever the index says: its address is not the visitor's, or cannot be (RFC 3056 2: a 6to4 router's is
// global).
bool tells_of_another(const IpAddress& address, EmbeddedIpv4 form) noexcept {
  if (form != EmbeddedIpv4::kSixToFour) return embeds_another_party(form);
  return belongs_to_nobody({IpAddress::v4(address.bytes.data() + 2), 32});
}

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

std::vector<Index::NamedAccount> Index::named_accounts() const {
  std::vector<NamedAccount> named;
  for (uint32_t i = 0; i < state_->records.size(); ++i) {
    const StoredRecord& record = state_->records[i];
    if (record.source != Source::kNone) named.push_back({record.key, record.source});
  }
  // Sources are numbered from the strongest.
  std::sort(named.begin(), named.end(), [](const NamedAccount& a, const NamedAccount& b) {
    return a.key != b.key ? a.key < b.key : a.source < b.source;
  });
  const auto same = [](const NamedAccount& a, const NamedAccount& b) { return a.key == b.key; };
  named.erase(std::unique(named.begin(), named.end(), same), named.end());
  return named;
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
  const EmbeddedIpv4 form = embedded_ipv4(address);
  if (form != EmbeddedIpv4::kNone && tells_of_another(address, form)) {
    Match nobody;
    nobody.network = network_of(address, form);
    return nobody;
  }
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
