// Reads a checked snapshot in place. Nothing here can fail: SnapshotChecker has seen every byte used.
#include "accounts/snapshot.h"

#include <utility>

#include "accounts/snapshot_format.h"
#include "base/hash.h"

namespace abm::accounts {
namespace {

using namespace format;

std::string_view string_at(const char* base, uint32_t number) noexcept {
  const Layout at = layout_of(base);
  const char* const offset = base + at.offsets + uint64_t{number} * 4;
  const auto begin = load<uint32_t>(offset);
  return {base + at.text + begin, load<uint32_t>(offset + 4) - begin};
}

}  // namespace

uint64_t AccountView::key() const noexcept {
  return load<uint64_t>(record_ + kRecordKeyAt);
}

Tier AccountView::tier() const noexcept {
  return static_cast<Tier>(load<uint8_t>(record_ + kRecordTierAt));
}

bool AccountView::excluded() const noexcept {
  return (load<uint8_t>(record_ + kRecordFlagsAt) & kExcluded) != 0;
}

std::string_view AccountView::text(TextField field) const noexcept {
  if (field == TextField::kDomain) return domain(0);
  return string_at(base_, load<uint32_t>(record_ + kRecordTextsAt + 4 * stored_text(field)));
}

std::optional<int64_t> AccountView::number(NumberField field) const noexcept {
  const auto i = static_cast<size_t>(field);
  if ((load<uint8_t>(record_ + kRecordFlagsAt) >> (kNumberFlagShift + i) & 1) == 0) return std::nullopt;
  return load<int64_t>(record_ + kRecordNumbersAt + 8 * i);
}

std::string_view AccountView::reference(uint32_t i) const noexcept {
  const uint64_t first = load<uint32_t>(record_ + kRecordRefsAt);
  return string_at(base_, load<uint32_t>(base_ + layout_of(base_).refs + (first + i) * 4));
}

uint32_t AccountView::segment_count() const noexcept {
  return load<uint16_t>(record_ + kRecordSegmentsAt);
}

std::string_view AccountView::segment(uint32_t i) const noexcept {
  return i < segment_count() ? reference(i) : std::string_view();
}

uint32_t AccountView::domain_count() const noexcept {
  return load<uint16_t>(record_ + kRecordDomainsAt);
}

std::string_view AccountView::domain(uint32_t i) const noexcept {
  return i < domain_count() ? reference(segment_count() + i) : std::string_view();
}

uint32_t AccountView::attribute_count() const noexcept {
  return load<uint16_t>(record_ + kRecordAttributesAt);
}

std::string_view AccountView::attribute_name(uint32_t i) const noexcept {
  return i < attribute_count() ? reference(segment_count() + domain_count() + 2 * i) : std::string_view();
}

std::string_view AccountView::attribute_value(uint32_t i) const noexcept {
  return i < attribute_count() ? reference(segment_count() + domain_count() + 2 * i + 1) : std::string_view();
}

std::string_view AccountView::attribute(std::string_view name) const noexcept {
  uint32_t first = 0;
  uint32_t last = attribute_count();
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2;
    const int order = attribute_name(middle).compare(name);
    if (order == 0) return attribute_value(middle);
    if (order < 0) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return {};
}

uint32_t Snapshot::size() const noexcept {
  return load<uint32_t>(bytes_.data() + kAccountsAt);
}

AccountView Snapshot::at(uint32_t ordinal) const noexcept {
  const char* const base = bytes_.data();
  return {base, base + kHeaderBytes + uint64_t{ordinal} * kRecordBytes, ordinal};
}

std::optional<AccountView> Snapshot::find(uint64_t key) const noexcept {
  const char* const base = bytes_.data();
  const char* const slots = base + layout_of(base).key_slots;
  const uint64_t mask = (uint64_t{1} << load<uint32_t>(base + kKeyBitsAt)) - 1;
  for (uint64_t probe = 0; probe <= kMaxProbe; ++probe) {
    const auto entry = load<uint32_t>(slots + ((key + probe) & mask) * kKeySlotBytes);
    if (entry == 0) break;
    const AccountView account = at(entry - 1);
    if (account.key() == key) return account;
  }
  return std::nullopt;
}

std::optional<AccountView> Snapshot::find_id(std::string_view id) const noexcept {
  const auto account = find(hash64(id));
  return account && account->id() == id ? account : std::nullopt;
}

std::optional<AccountView> Snapshot::find_domain(std::string_view domain) const noexcept {
  const char* const base = bytes_.data();
  const char* const slots = base + layout_of(base).domain_slots;
  const uint64_t mask = (uint64_t{1} << load<uint32_t>(base + kDomainBitsAt)) - 1;
  const uint64_t home = hash64(domain);
  for (uint64_t probe = 0; probe <= kMaxProbe; ++probe) {
    const char* const slot = slots + ((home + probe) & mask) * kDomainSlotBytes;
    const auto entry = load<uint32_t>(slot);
    if (entry == 0) break;
    if (string_at(base, load<uint32_t>(slot + 4)) != domain) continue;
    return entry == kSeveralAccounts ? std::nullopt : std::optional(at(entry - 1));
  }
  return std::nullopt;
}

std::string_view Snapshot::tenant() const noexcept {
  return string_at(bytes_.data(), load<uint32_t>(bytes_.data() + kTenantAt));
}

uint64_t Snapshot::feed_version() const noexcept {
  return load<uint64_t>(bytes_.data() + kFeedVersionAt);
}

int64_t Snapshot::generated_at() const noexcept {
  return load<int64_t>(bytes_.data() + kGeneratedAt);
}

std::optional<int64_t> Snapshot::expires_at() const noexcept {
  if ((load<uint32_t>(bytes_.data() + kFlagsAt) & kHasExpiry) == 0) return std::nullopt;
  return load<int64_t>(bytes_.data() + kExpiresAt);
}

}  // namespace abm::accounts
