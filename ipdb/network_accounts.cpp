//  record: line u64 | counts u32 × 4 | id | asns | networks | organizations | domains
//  text:   bytes u32 | bytes
#include "ipdb/network_accounts.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace abm::ipdb {
namespace {

constexpr size_t kLineAt = 0;
constexpr size_t kCountsAt = 8;
constexpr size_t kIdAt = 24;

template <typename T>
T load(const char* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
char* store(char* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

char* store(char* to, std::string_view text) noexcept {
  to = store(to, static_cast<uint32_t>(text.size()));
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

size_t bytes_of(std::string_view text) noexcept {
  return sizeof(uint32_t) + text.size();
}

size_t bytes_of(std::span<const std::string> texts) noexcept {
  return std::accumulate(texts.begin(), texts.end(), size_t{0},
                         [](size_t sum, const std::string& text) { return sum + bytes_of(text); });
}

}  // namespace

NetworkAccounts::NetworkAccounts(const NetworkAccounts& other) {
  records_.reserve(other.records_.size());
  for (size_t i = 0; i < other.size(); ++i) {
    const char* const record = other.records_[i];
    const auto bytes = static_cast<size_t>(other[i].domains.end().at - record);
    char* const to = room_for(bytes);
    std::memcpy(to, record, bytes);
    records_.push_back(to);
  }
}

NetworkAccounts& NetworkAccounts::operator=(const NetworkAccounts& other) {
  if (this != &other) *this = NetworkAccounts(other);
  return *this;
}

void NetworkAccounts::add(const NetworkAccount& account) {
  char* to = room_for(kIdAt + bytes_of(account.id) + account.asns.size_bytes() + bytes_of(account.networks) +
                      bytes_of(account.organizations) + bytes_of(account.domains));
  records_.push_back(to);
  to = store(to, account.line);
  for (const size_t count :
       {account.asns.size(), account.networks.size(), account.organizations.size(), account.domains.size()}) {
    to = store(to, static_cast<uint32_t>(count));
  }
  to = store(to, account.id);
  for (const uint32_t asn : account.asns) to = store(to, asn);
  for (const auto& texts : {account.networks, account.organizations, account.domains}) {
    for (const std::string& text : texts) to = store(to, std::string_view(text));
  }
}

/// Records do not cross blocks; a large one gets blocks of its own.
char* NetworkAccounts::room_for(size_t bytes) {
  if (bytes > left_) {
    left_ = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    blocks_.push_back(new_huge_block<char>(left_));
    free_ = blocks_.back().get();
  }
  left_ -= bytes;
  return std::exchange(free_, free_ + bytes);
}

NetworkAccounts::View NetworkAccounts::operator[](size_t i) const noexcept {
  const char* const record = records_[i];
  const auto count = [&](size_t list) { return load<uint32_t>(record + kCountsAt + 4 * list); };
  const std::string_view id = this->id(i);
  const PackedList<uint32_t> asns(id.data() + id.size(), count(0));
  const PackedList<std::string_view> networks(asns.end().at, count(1));
  const PackedList<std::string_view> organizations(networks.end().at, count(2));
  return {line(i), id, asns, networks, organizations, {organizations.end().at, count(3)}};
}

std::string_view NetworkAccounts::id(size_t i) const noexcept {
  const char* const at = records_[i] + kIdAt;
  return {at + sizeof(uint32_t), load<uint32_t>(at)};
}

uint64_t NetworkAccounts::line(size_t i) const noexcept {
  return load<uint64_t>(records_[i] + kLineAt);
}

}  // namespace abm::ipdb
