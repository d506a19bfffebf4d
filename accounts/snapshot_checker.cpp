// The phases go from the outside in, so that each can rely on those before it.
#include "accounts/snapshot_checker.h"

#include <algorithm>

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
  const char* const header = bytes_.data();
  if (bytes_.size() < kHeaderBytes) {
    return fail(bytes_.size(), fmt::format("the file ends inside its header of {} bytes", kHeaderBytes));
  }
  if (bytes_.substr(0, kMagic.size()) != kMagic) return fail(0, "this is not an accounts snapshot");
  const auto version = load<uint32_t>(header + kVersionAt);
  if (version != kVersion) {
    return fail(kVersionAt, fmt::format("format version {}, this program reads {}", version, kVersion));
  }
  if (load<uint32_t>(header + kHeaderBytesAt) != kHeaderBytes)
    return fail(kHeaderBytesAt, "wrong header size");
  const auto file_bytes = load<uint64_t>(header + kFileBytesAt);
  if (file_bytes != bytes_.size() || file_bytes > kMaxFileBytes) {
    return fail(kFileBytesAt,
                fmt::format("the header says {} bytes, the file has {}", file_bytes, bytes_.size()));
  }
  const auto domain_bits = load<uint32_t>(header + kDomainBitsAt);
  const auto key_bits = load<uint32_t>(header + kKeyBitsAt);
  if (domain_bits > kMaxTableBits || key_bits > kMaxTableBits)
    return fail(kDomainBitsAt, "a table is too large");
  accounts_ = load<uint32_t>(header + kAccountsAt);
  strings_ = load<uint32_t>(header + kStringsAt);
  if (const Layout at = layout_of(header); at.end != file_bytes) {
    return fail(kAccountsAt,
                fmt::format("the counts add up to {} bytes, the file has {}", at.end, file_bytes));
  }
  if (uint64_t{accounts_} * 2 > uint64_t{1} << key_bits)
    return fail(kKeyBitsAt, "the key table is too small");
  const auto flags = load<uint32_t>(header + kFlagsAt);
  const bool has_expiry = flags == kHasExpiry;
  if (flags > kHasExpiry) return fail(kFlagsAt, "unknown flags");
  if (!has_expiry && load<int64_t>(header + kExpiresAt) != 0)
    return fail(kExpiresAt, "an expiry without its flag");
  if (load<uint32_t>(header + kTenantAt) >= strings_) return fail(kTenantAt, "string number out of range");
  next(Phase::kHash);
  return kHeaderBytes;
}

size_t SnapshotChecker::hash_slice(size_t budget) {
  const std::string_view rest = bytes_.substr(kHashedFrom + cursor_);
  const std::string_view slice = rest.substr(0, budget);
  hasher_.update(slice);
  cursor_ += slice.size();
  if (slice.size() < rest.size()) return slice.size();
  const Hash128 hash = hasher_.digest();
  if (hash.low != load<uint64_t>(bytes_.data() + kHashAt) ||
      hash.high != load<uint64_t>(bytes_.data() + kHashAt + 8)) {
    return fail(kHashAt, "the hash does not match the content");
  }
  next(Phase::kTexts);
  return std::max<size_t>(slice.size(), 1);
}

uint32_t SnapshotChecker::offset_of(uint64_t string) const noexcept {
  return load<uint32_t>(bytes_.data() + layout_of(bytes_.data()).offsets + string * 4);
}

size_t SnapshotChecker::check_text_at_cursor() {
  const Layout at = layout_of(bytes_.data());
  const uint64_t text_bytes = at.end - at.text;
  if (cursor_ == strings_) {
    // Counts are at least one: the tenant is a string, and string 0 is empty.
    next(Phase::kRecords);
    return 1;
  }
  const uint64_t begin = offset_of(cursor_);
  const uint64_t end = offset_of(cursor_ + 1);
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
  const Layout at = layout_of(bytes_.data());
  if (cursor_ == accounts_) {
    if (refs_ != (at.offsets - at.refs) / 4) return fail(at.refs, "string numbers that belong to no account");
    next(Phase::kKeyTable);
    return 1;
  }
  const uint64_t place = at.records + cursor_ * kRecordBytes;
  const char* const record = bytes_.data() + place;
  const auto flags = load<uint8_t>(record + kRecordFlagsAt);
  if ((flags & ~kKnownRecordFlags) != 0) return fail(place + kRecordFlagsAt, "unknown flags");
  if (load<uint8_t>(record + kRecordTierAt) > static_cast<uint8_t>(Tier::kOneToOne)) {
    return fail(place + kRecordTierAt, "unknown tier");
  }
  for (size_t i = 0; i < kNumberFields; ++i) {
    const auto value = load<int64_t>(record + kRecordNumbersAt + 8 * i);
    const bool given = (flags >> (kNumberFlagShift + i) & 1) != 0;
    if (value < 0 || (!given && value != 0))
      return fail(place + kRecordNumbersAt + 8 * i, "number out of range");
  }
  for (size_t i = 0; i < kStoredTexts; ++i) {
    if (load<uint32_t>(record + kRecordTextsAt + 4 * i) >= strings_) {
      return fail(place + kRecordTextsAt + 4 * i, "string number out of range");
    }
  }
  const AccountView account = snapshot().at(static_cast<uint32_t>(cursor_));
  if (!is_account_id(account.id()) || hash64(account.id()) != account.key()) {
    return fail(place, "an account whose id and key do not agree");
  }
  if (account.name().empty()) return fail(place + kRecordTextsAt, "an account without a name");
  const size_t refs = check_record_refs(record);
  if (phase_ == Phase::kFailed) return 0;
  ++cursor_;
  return kRecordBytes + refs;
}

size_t SnapshotChecker::check_record_refs(const char* record) {
  const Layout at = layout_of(bytes_.data());
  const auto place = static_cast<uint64_t>(record - bytes_.data());
  const uint64_t segments = load<uint16_t>(record + kRecordSegmentsAt);
  const uint64_t domains = load<uint16_t>(record + kRecordDomainsAt);
  const uint64_t attributes = load<uint16_t>(record + kRecordAttributesAt);
  if (segments > kMaxSegments || domains > kMaxDomains || attributes > kMaxAttributes) {
    return fail(place + kRecordSegmentsAt, "more segments, domains or attributes than allowed");
  }
  // Each account owns the next run of string numbers: no sharing, no gaps, so the whole check is linear.
  const uint64_t first = load<uint32_t>(record + kRecordRefsAt);
  const uint64_t count = segments + domains + 2 * attributes;
  if (first != refs_ || first + count > (at.offsets - at.refs) / 4) {
    return fail(place + kRecordRefsAt, "string numbers out of place");
  }
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t ref_at = at.refs + (first + i) * 4;
    const auto string = load<uint32_t>(bytes_.data() + ref_at);
    const bool is_value = i >= segments + domains && (i - segments - domains) % 2 == 1;
    if (string >= strings_ || (string == 0 && !is_value)) return fail(ref_at, "string number out of range");
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

size_t SnapshotChecker::check_key_slot() {
  const Layout at = layout_of(bytes_.data());
  const uint64_t place = at.key_slots + cursor_ * kKeySlotBytes;
  if (place == at.refs) {
    if (taken_ != accounts_) return fail(at.key_slots, "the key table does not hold each account once");
    next(Phase::kKeys);
    return 1;
  }
  const auto entry = load<uint32_t>(bytes_.data() + place);
  if (entry > accounts_) return fail(place, "an account that does not exist");
  if (entry != 0) ++taken_;
  ++cursor_;
  return kKeySlotBytes;
}

size_t SnapshotChecker::check_key() {
  if (cursor_ == accounts_) {
    next(Phase::kDomainTable);
    return 1;
  }
  const auto ordinal = static_cast<uint32_t>(cursor_);
  const auto found = snapshot().find(snapshot().at(ordinal).key());
  if (!found || found->ordinal() != ordinal) {
    return fail(kHeaderBytes + cursor_ * kRecordBytes, "an account that its key does not find");
  }
  ++cursor_;
  return kRecordBytes;
}

size_t SnapshotChecker::check_domain_slot() {
  const Layout at = layout_of(bytes_.data());
  const uint64_t place = at.domain_slots + cursor_ * kDomainSlotBytes;
  const uint64_t slots = (at.key_slots - at.domain_slots) / kDomainSlotBytes;
  if (cursor_ == slots) {
    if (taken_ * 2 > slots) return fail(at.domain_slots, "the domain table is too full");
    next(Phase::kDomains);
    return 1;
  }
  const auto entry = load<uint32_t>(bytes_.data() + place);
  const auto string = load<uint32_t>(bytes_.data() + place + 4);
  ++cursor_;
  if (entry == 0 && string == 0) return kDomainSlotBytes;
  if (string == 0 || string >= strings_) return fail(place + 4, "string number out of range");
  ++taken_;
  if (entry == kSeveralAccounts) return kDomainSlotBytes;
  if (entry == 0 || entry > accounts_) return fail(place, "an account that does not exist");
  const AccountView account = snapshot().at(entry - 1);
  const char* const record = bytes_.data() + at.records + uint64_t{entry - 1} * kRecordBytes;
  const uint64_t first = uint64_t{load<uint32_t>(record + kRecordRefsAt)} + account.segment_count();
  const uint32_t domains = account.domain_count();
  uint32_t i = 0;
  while (i < domains && load<uint32_t>(bytes_.data() + at.refs + (first + i) * 4) != string) ++i;
  if (i == domains) return fail(place, "a domain that its account does not list");
  return kDomainSlotBytes + 4 * size_t{domains};
}

size_t SnapshotChecker::check_domain() {
  const Layout at = layout_of(bytes_.data());
  const uint64_t place = at.domain_slots + cursor_ * kDomainSlotBytes;
  if (place == at.key_slots) {
    next(Phase::kDone);
    return 1;
  }
  ++cursor_;
  const auto entry = load<uint32_t>(bytes_.data() + place);
  if (entry == 0) return kDomainSlotBytes;
  const uint64_t string = load<uint32_t>(bytes_.data() + place + 4);
  const uint32_t begin = offset_of(string);
  const std::string_view domain = bytes_.substr(at.text + begin, offset_of(string + 1) - begin);
  const auto found = snapshot().find_domain(domain);
  const bool right = entry == kSeveralAccounts ? !found : found && found->ordinal() == entry - 1;
  if (!right) return fail(place, "a domain that its text does not find");
  return kDomainSlotBytes + domain.size();
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
