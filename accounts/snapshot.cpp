// Reads a checked snapshot in place. Nothing here can fail: SnapshotChecker has seen every byte used.
#include "accounts/snapshot.h"

#include <algorithm>
#include <utility>

#include "accounts/snapshot_format.h"
#include "base/hash.h"

namespace abm::accounts {
namespace {

using namespace format;

using Tables = Sections<const char>;

}  // namespace

uint64_t AccountView::key() const noexcept {
  return record_->key;
}

Tier AccountView::tier() const noexcept {
  return static_cast<Tier>(record_->tier);
}

bool AccountView::excluded() const noexcept {
  return (record_->flags & kExcluded) != 0;
}

std::string_view AccountView::text(TextField field) const noexcept {
  if (field == TextField::kDomain || field == TextField::kMoved) [[unlikely]]
    return text_beside_record(field);
  return Tables(base_).string(record_->texts[stored_text(field)]);
}

std::optional<int64_t> AccountView::number(NumberField field) const noexcept {
  const auto i = static_cast<size_t>(field);
  if (i >= kStoredNumbers) return activity_number(i - kStoredNumbers);
  if ((record_->flags >> (kNumberFlagShift + i) & 1) == 0) return std::nullopt;
  return record_->numbers[i];
}

// The next two stay out of line: conditions ask for the record's own fields most.
[[gnu::noinline]] std::string_view AccountView::text_beside_record(TextField field) const noexcept {
  if (field == TextField::kDomain) return domain(0);
  const Activity* const found = activity();
  return found == nullptr ? std::string_view() : Tables(base_).string(found->moved);
}

[[gnu::noinline]] std::optional<int64_t> AccountView::activity_number(size_t i) const noexcept {
  const Activity* const found = activity();
  if (found == nullptr || (found->given >> i & 1) == 0) return std::nullopt;
  return found->numbers[i];
}

const Activity* AccountView::activity() const noexcept {
  if ((record_->flags & kHasActivity) == 0) return nullptr;
  const Tables tables(base_);
  const auto place = static_cast<uint32_t>(record_ - tables.records);  // of a copy not the ordinal
  const Activity* const end = tables.activities + header_of(base_).activities;
  return std::lower_bound(tables.activities, end, place,
                          [](const Activity& a, uint32_t account) { return a.account < account; });
}

const Family* AccountView::family_record() const noexcept {
  if ((record_->flags & kHasFamily) == 0) return nullptr;
  const Tables tables(base_);
  const auto place = static_cast<uint32_t>(record_ - tables.records);
  const Family* const end = tables.families + header_of(base_).families;
  return std::lower_bound(tables.families, end, place,
                          [](const Family& f, uint32_t account) { return f.account < account; });
}

std::string_view AccountView::family() const noexcept {
  const Family* const found = family_record();
  return found == nullptr || found->top == 0 ? id() : Tables(base_).string(found->top);
}

InheritedSet AccountView::inherited() const noexcept {
  const Family* const found = family_record();
  return found == nullptr ? InheritedSet() : InheritedSet(found->inherited);
}

VisitedPageViews AccountView::pages() const noexcept {
  const Activity* const found = activity();
  if (found == nullptr) return {};
  return {base_, Tables(base_).pages + found->first_page, found->page_count};
}

VisitedPageView VisitedPageViews::operator[](uint32_t i) const noexcept {
  return {Tables(base_).string(first_[i].path), first_[i].days};
}

std::string_view AccountView::reference(uint32_t i) const noexcept {
  const Tables tables(base_);
  return tables.string(tables.refs[uint64_t{record_->refs} + i]);
}

uint32_t AccountView::segment_count() const noexcept {
  return record_->segments;
}

std::string_view AccountView::segment(uint32_t i) const noexcept {
  return i < segment_count() ? reference(i) : std::string_view();
}

uint32_t AccountView::domain_count() const noexcept {
  return record_->domains;
}

std::string_view AccountView::domain(uint32_t i) const noexcept {
  return i < domain_count() ? reference(segment_count() + i) : std::string_view();
}

uint32_t AccountView::attribute_count() const noexcept {
  return record_->attributes;
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
  return header_of(bytes_.data()).accounts;
}

AccountView Snapshot::at(uint32_t ordinal) const noexcept {
  const char* const base = bytes_.data();
  return {base, records_at<Record>(base, header_of(base).header_bytes) + ordinal, ordinal};
}

std::optional<AccountView> Snapshot::find(uint64_t key) const noexcept {
  const char* const base = bytes_.data();
  const KeySlot* const slots = Tables(base).key_slots;
  const uint64_t mask = (uint64_t{1} << header_of(base).key_bits) - 1;
  for (uint64_t probe = 0; probe <= kMaxProbe; ++probe) {
    const KeySlot entry = slots[(key + probe) & mask];
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

DomainOwner Snapshot::domain_owner(std::string_view domain) const noexcept {
  const char* const base = bytes_.data();
  const Tables tables(base);
  const uint64_t mask = (uint64_t{1} << header_of(base).domain_bits) - 1;
  const uint64_t home = hash64(domain);
  for (uint64_t probe = 0; probe <= kMaxProbe; ++probe) {
    const DomainSlot& slot = tables.domain_slots[(home + probe) & mask];
    if (slot.entry == 0) break;
    if (tables.string(slot.string) != domain) continue;
    if (slot.entry == kSeveralAccounts) return {.listed = true, .account = std::nullopt};
    return {.listed = true, .account = at(slot.entry - 1)};
  }
  return {};
}

std::string_view Snapshot::tenant() const noexcept {
  return Tables(bytes_.data()).string(header_of(bytes_.data()).tenant);
}

uint64_t Snapshot::feed_version() const noexcept {
  return header_of(bytes_.data()).feed_version;
}

int64_t Snapshot::generated_at() const noexcept {
  return header_of(bytes_.data()).generated_at;
}

std::optional<int64_t> Snapshot::expires_at() const noexcept {
  const Header& header = header_of(bytes_.data());
  return (header.flags & kHasExpiry) != 0 ? std::optional(header.expires_at) : std::nullopt;
}

}  // namespace abm::accounts
