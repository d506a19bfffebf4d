// The phases go from the outside in, so that each can rely on those before it.
#include "accounts/snapshot_checker.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "accounts/snapshot_format.h"
#include "accounts/text_check.h"

namespace abm::accounts {

using namespace format;

void SnapshotChecker::next(Phase phase) noexcept {
  phase_ = phase;
  cursor_ = 0;
  taken_ = 0;
}

size_t SnapshotChecker::fail(uint64_t at, std::string_view what) {
  error_.message = fmt::format("byte {}: {}; the snapshot is refused, publish again", at, what);
  phase_ = Phase::kFailed;
  return 0;
}

Result<bool> SnapshotChecker::step(size_t budget) {
  while (budget > 0) {
    size_t work = 0;
    switch (phase_) {
      case Phase::kHeader:
        work = check_header();
        break;
      case Phase::kHash:
        work = hash_slice(budget);
        break;
      case Phase::kTexts:
        work = check_text_at_cursor();
        break;
      case Phase::kRecords:
        work = check_record();
        break;
      case Phase::kActivity:
        work = check_activity();
        break;
      case Phase::kFamilies:
        work = check_family();
        break;
      case Phase::kKeyTable:
        work = check_key_slot();
        break;
      case Phase::kKeys:
        work = check_key();
        break;
      case Phase::kDomainTable:
        work = check_domain_slot();
        break;
      case Phase::kDomains:
        work = check_domain();
        break;
      case Phase::kDone:
        return true;
      case Phase::kFailed:
        return error_;
    }
    budget -= std::min(work, budget);
  }
  return phase_ == Phase::kDone;
}

size_t SnapshotChecker::check_header() {
  if (!is_record_aligned(bytes_.data())) return fail(0, "the bytes are not 8-byte aligned");
  const auto ends_inside = [this](size_t header_size) {
    return fail(bytes_.size(), fmt::format("the file ends inside its header of {} bytes", header_size));
  };
  if (bytes_.size() < header_bytes(kOldestVersion)) return ends_inside(header_bytes(kOldestVersion));
  if (bytes_.substr(0, kMagic.size()) != kMagic) return fail(0, "this is not an accounts snapshot");
  const Header& header = header_of(bytes_.data());
  if (header.version < kOldestVersion || header.version > kVersion) {
    return fail(offsetof(Header, version), fmt::format("format version {}, this program reads {} to {}",
                                                       header.version, kOldestVersion, kVersion));
  }
  if (header.header_bytes != header_bytes(header.version))
    return fail(offsetof(Header, header_bytes), "wrong header size");
  if (bytes_.size() < header.header_bytes) return ends_inside(header.header_bytes);
  if (header.file_bytes != bytes_.size() || header.file_bytes > kMaxFileBytes) {
    return fail(offsetof(Header, file_bytes),
                fmt::format("the header says {} bytes, the file has {}", header.file_bytes, bytes_.size()));
  }
  if (header.domain_bits > kMaxTableBits || header.key_bits > kMaxTableBits)
    return fail(offsetof(Header, domain_bits), "a table is too large");
  accounts_ = header.accounts;
  strings_ = header.strings;
  if (const Layout at = layout(header); at.end != header.file_bytes) {
    return fail(offsetof(Header, accounts),
                fmt::format("the counts add up to {} bytes, the file has {}", at.end, header.file_bytes));
  }
  if (uint64_t{accounts_} * 2 > uint64_t{1} << header.key_bits)
    return fail(offsetof(Header, key_bits), "the key table is too small");
  if (header.flags > kHasExpiry) return fail(offsetof(Header, flags), "unknown flags");
  if (header.flags != kHasExpiry && header.expires_at != 0)
    return fail(offsetof(Header, expires_at), "an expiry without its flag");
  if (header.version > kActivityVersion && header.reserved != 0)
    return fail(offsetof(Header, reserved), "bytes that are not 0");
  if (header.tenant >= strings_) return fail(offsetof(Header, tenant), "string number out of range");
  next(Phase::kHash);
  return sizeof(Header);
}

size_t SnapshotChecker::hash_slice(size_t budget) {
  const std::string_view rest = bytes_.substr(kHashedFrom + cursor_);
  const std::string_view slice = rest.substr(0, budget);
  hasher_.update(slice);
  cursor_ += slice.size();
  if (slice.size() < rest.size()) return slice.size();
  const Hash128 hash = hasher_.digest();
  if (const Header& header = header_of(bytes_.data());
      hash.low != header.hash_low || hash.high != header.hash_high) {
    return fail(offsetof(Header, hash_low), "the hash does not match the content");
  }
  next(Phase::kTexts);
  return std::max<size_t>(slice.size(), 1);
}

size_t SnapshotChecker::check_text_at_cursor() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t text_bytes = at.text_end - at.text;
  if (cursor_ == strings_) {
    // Counts are at least one: the tenant is a string, and string 0 is empty.
    next(Phase::kRecords);
    return 1;
  }
  const uint32_t* const offsets = sections().offsets;
  const uint64_t begin = offsets[cursor_];
  const uint64_t end = offsets[cursor_ + 1];
  const uint64_t place = at.offsets + cursor_ * 4;
  if (cursor_ == 0 && (begin != 0 || end != 0)) return fail(place, "string 0 is not the empty one");
  if (end < begin || end > text_bytes) return fail(place, "a string reaches beyond the file");
  if (cursor_ != 0 && end == begin) return fail(place, "an empty string that is not string 0");
  if (cursor_ + 1 == strings_ && end != text_bytes) return fail(place, "text that belongs to no string");
  const uint64_t text_at = at.text + begin;
  if (check_text(bytes_.substr(text_at, end - begin)) != TextFault::kNone) {
    return fail(text_at, "text that is too long, not UTF-8 or holds control characters");
  }
  ++cursor_;
  return end - begin + 4;
}

size_t SnapshotChecker::check_record() {
  const Layout at = layout(header_of(bytes_.data()));
  if (cursor_ == accounts_) {
    if (refs_ != (at.offsets - at.refs) / 4) return fail(at.refs, "string numbers that belong to no account");
    next(Phase::kActivity);
    return 1;
  }
  const uint64_t place = at.records + cursor_ * sizeof(Record);
  const Record& record = sections().records[cursor_];
  if ((record.flags & ~known_record_flags(header_of(bytes_.data()).version)) != 0)
    return fail(place + offsetof(Record, flags), "unknown flags");
  if ((record.flags & kHasActivity) != 0) ++active_;
  if ((record.flags & kHasFamily) != 0) ++in_families_;
  if (record.tier > static_cast<uint8_t>(Tier::kOneToOne)) {
    return fail(place + offsetof(Record, tier), "unknown tier");
  }
  for (size_t i = 0; i < kStoredNumbers; ++i) {
    const bool given = (record.flags >> (kNumberFlagShift + i) & 1) != 0;
    if (record.numbers[i] < 0 || (!given && record.numbers[i] != 0))
      return fail(place + offsetof(Record, numbers) + 8 * i, "number out of range");
  }
  for (size_t i = 0; i < kStoredTexts; ++i) {
    if (record.texts[i] >= strings_) {
      return fail(place + offsetof(Record, texts) + 4 * i, "string number out of range");
    }
  }
  const AccountView account = snapshot().at(static_cast<uint32_t>(cursor_));
  if (!is_account_id(account.id()) || hash64(account.id()) != account.key()) {
    return fail(place, "an account whose id and key do not agree");
  }
  if (account.name().empty()) return fail(place + offsetof(Record, texts), "an account without a name");
  const size_t refs = check_record_refs(record, place);
  if (phase_ == Phase::kFailed) return 0;
  ++cursor_;
  return sizeof(Record) + refs;
}

size_t SnapshotChecker::check_record_refs(const Record& record, uint64_t place) {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t segments = record.segments;
  const uint64_t domains = record.domains;
  const uint64_t attributes = record.attributes;
  if (segments > kMaxSegments || domains > kMaxDomains || attributes > kMaxAttributes) {
    return fail(place + offsetof(Record, segments), "more segments, domains or attributes than allowed");
  }
  // Each account owns the next run of string numbers: no sharing, no gaps, so the whole check is linear.
  const uint64_t first = record.refs;
  const uint64_t count = segments + domains + 2 * attributes;
  if (first != refs_ || first + count > (at.offsets - at.refs) / 4) {
    return fail(place + offsetof(Record, refs), "string numbers out of place");
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t string = sections().refs[first + i];
    const bool is_value = i >= segments + domains && (i - segments - domains) % 2 == 1;
    if (string >= strings_ || (string == 0 && !is_value))
      return fail(at.refs + (first + i) * 4, "string number out of range");
  }
  const AccountView account = snapshot().at(static_cast<uint32_t>(cursor_));
  for (uint32_t i = 1; i < attributes; ++i) {
    if (account.attribute_name(i - 1) >= account.attribute_name(i)) {
      return fail(at.refs + (first + segments + domains + 2 * i) * 4, "attributes that are not sorted");
    }
  }
  refs_ += count;
  return count * 4;
}

size_t SnapshotChecker::check_activity() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t place = at.activities + cursor_ * sizeof(Activity);
  if (cursor_ == 0) {
    const std::string_view gap = bytes_.substr(at.text_end, at.activities - at.text_end);
    if (gap.find_first_not_of('\0') != gap.npos)
      return fail(at.text_end, "bytes after the text that are not 0");
  }
  if (place == at.pages) {
    // They ascend and each belongs to a record that says so: as many means one for each.
    if (cursor_ != active_) return fail(at.activities, "an account whose activity is missing");
    if (pages_ != (at.families - at.pages) / sizeof(Page))
      return fail(at.pages, "pages that belong to no account");
    next(Phase::kFamilies);
    return 1;
  }
  const Activity& activity = sections().activities[cursor_];
  const bool ascends = cursor_ == 0 || sections().activities[cursor_ - 1].account < activity.account;
  if (!ascends || activity.account >= accounts_ ||
      (sections().records[activity.account].flags & kHasActivity) == 0) {
    return fail(place + offsetof(Activity, account), "activity of an account that says it has none");
  }
  if ((activity.given & ~kKnownGiven) != 0)
    return fail(place + offsetof(Activity, given), "a number that does not exist");
  for (size_t i = 0; i < activity.numbers.size(); ++i) {
    const bool given = (activity.given >> i & 1) != 0;
    if (activity.numbers[i] < 0 || (!given && activity.numbers[i] != 0))
      return fail(place + offsetof(Activity, numbers) + 8 * i, "number out of range");
  }
  if (activity.moved >= strings_)
    return fail(place + offsetof(Activity, moved), "string number out of range");
  if (activity.given == 0 && activity.moved == 0 && activity.page_count == 0)
    return fail(place, "activity that says nothing");
  const size_t pages = check_pages(activity, place);
  if (phase_ == Phase::kFailed) return 0;
  ++cursor_;
  return sizeof(Activity) + pages;
}

size_t SnapshotChecker::check_pages(const Activity& activity, uint64_t place) {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t first = activity.first_page;
  const uint64_t count = activity.page_count;
  if (count > kMaxPages) return fail(place + offsetof(Activity, page_count), "more pages than allowed");
  if (first != pages_ || first + count > (at.families - at.pages) / sizeof(Page))
    return fail(place + offsetof(Activity, first_page), "pages out of place");
  std::string_view path_before;
  uint32_t days_before = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const Page& page = sections().pages[first + i];
    const uint64_t page_at = at.pages + (first + i) * sizeof(Page);
    if (page.path >= strings_) return fail(page_at, "string number out of range");
    const std::string_view path = sections().string(page.path);
    if (!path.starts_with('/') || path.size() > kMaxPageBytes || page.days >= kPageDays)
      return fail(page_at, "a page that cannot be one");
    const bool later = page.days > days_before || (page.days == days_before && path > path_before);
    if (i != 0 && !later) return fail(page_at, "pages that are not sorted");
    path_before = path;
    days_before = page.days;
  }
  pages_ += count;
  return count * sizeof(Page);
}

size_t SnapshotChecker::check_family() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t place = at.families + cursor_ * sizeof(Family);
  if (place == at.end) {
    if (cursor_ != in_families_) return fail(at.families, "an account whose family is missing");
    next(Phase::kKeyTable);
    return 1;
  }
  const Family& family = sections().families[cursor_];
  const bool ascends = cursor_ == 0 || sections().families[cursor_ - 1].account < family.account;
  if (!ascends || family.account >= accounts_ ||
      (sections().records[family.account].flags & kHasFamily) == 0) {
    return fail(place + offsetof(Family, account), "the family of an account that says it has none");
  }
  if (family.top >= strings_) return fail(place + offsetof(Family, top), "string number out of range");
  if ((family.inherited & ~kKnownInherited) != 0)
    return fail(place + offsetof(Family, inherited), "a field that is never inherited");
  if (family.top == 0 && family.inherited == 0) return fail(place, "a family that says nothing");
  ++cursor_;
  return sizeof(Family);
}

size_t SnapshotChecker::check_key_slot() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t place = at.key_slots + cursor_ * sizeof(KeySlot);
  if (place == at.refs) {
    if (taken_ != accounts_) return fail(at.key_slots, "the key table does not hold each account once");
    next(Phase::kKeys);
    return 1;
  }
  const KeySlot entry = sections().key_slots[cursor_];
  if (entry > accounts_) return fail(place, "an account that does not exist");
  if (entry != 0) ++taken_;
  ++cursor_;
  return sizeof(KeySlot);
}

size_t SnapshotChecker::check_key() {
  if (cursor_ == accounts_) {
    next(Phase::kDomainTable);
    return 1;
  }
  const auto ordinal = static_cast<uint32_t>(cursor_);
  const auto found = snapshot().find(snapshot().at(ordinal).key());
  if (!found || found->ordinal() != ordinal) {
    return fail(layout(header_of(bytes_.data())).records + cursor_ * sizeof(Record),
                "an account that its key does not find");
  }
  ++cursor_;
  return sizeof(Record);
}

size_t SnapshotChecker::check_domain_slot() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t place = at.domain_slots + cursor_ * sizeof(DomainSlot);
  const uint64_t slots = (at.key_slots - at.domain_slots) / sizeof(DomainSlot);
  if (cursor_ == slots) {
    if (taken_ * 2 > slots) return fail(at.domain_slots, "the domain table is too full");
    next(Phase::kDomains);
    return 1;
  }
  const auto [entry, string] = sections().domain_slots[cursor_];
  ++cursor_;
  if (entry == 0 && string == 0) return sizeof(DomainSlot);
  if (string == 0 || string >= strings_) return fail(place + 4, "string number out of range");
  ++taken_;
  if (entry == kSeveralAccounts) return sizeof(DomainSlot);
  if (entry == 0 || entry > accounts_) return fail(place, "an account that does not exist");
  const AccountView account = snapshot().at(entry - 1);
  const uint64_t first = uint64_t{sections().records[entry - 1].refs} + account.segment_count();
  const uint32_t domains = account.domain_count();
  uint32_t i = 0;
  while (i < domains && sections().refs[first + i] != string) ++i;
  if (i == domains) return fail(place, "a domain that its account does not list");
  return sizeof(DomainSlot) + 4 * size_t{domains};
}

size_t SnapshotChecker::check_domain() {
  const Layout at = layout(header_of(bytes_.data()));
  const uint64_t place = at.domain_slots + cursor_ * sizeof(DomainSlot);
  if (place == at.key_slots) {
    next(Phase::kDone);
    return 1;
  }
  const auto [entry, string] = sections().domain_slots[cursor_];
  ++cursor_;
  if (entry == 0) return sizeof(DomainSlot);
  const std::string_view domain = sections().string(string);
  const auto found = snapshot().find_domain(domain);
  const bool right = entry == kSeveralAccounts ? !found : found && found->ordinal() == entry - 1;
  if (!right) return fail(place, "a domain that its text does not find");
  return sizeof(DomainSlot) + domain.size();
}

Result<Snapshot> Snapshot::open(std::string_view bytes) {
  SnapshotChecker checker(bytes);
  for (;;) {
    const Result<bool> done = checker.step(SIZE_MAX);
    if (!done) return done.error();
    if (*done) return checker.snapshot();
  }
}

}  // namespace abm::accounts
