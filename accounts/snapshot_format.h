// The records of accounts.bin, shared by the writer, the checker and the view. See FORMAT.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "accounts/account.h"
#include "base/records.h"

namespace abm::accounts::format {

inline constexpr std::string_view kMagic = "ABMACCTS";
inline constexpr uint32_t kVersion = 3;  ///< what is written
// Older ones have less, and so shorter headers. Still read: a generation in use outlives an upgrade.
inline constexpr uint32_t kOldestVersion = 1;    ///< without activity, pages and families
inline constexpr uint32_t kActivityVersion = 2;  ///< without families
inline constexpr uint64_t kMaxFileBytes = std::numeric_limits<uint32_t>::max();

/// The hash covers everything after it; the fields before it have only one valid value.
struct Header {
  std::array<char, 8> magic{};
  uint32_t version = 0;
  uint32_t header_bytes = 0;
  uint64_t file_bytes = 0;
  uint64_t hash_low = 0, hash_high = 0;  ///< XXH3-128
  uint64_t feed_version = 0;
  int64_t generated_at = 0;
  int64_t expires_at = 0;  ///< 0 without kHasExpiry
  uint32_t flags = 0;
  uint32_t tenant = 0;  ///< string number
  uint32_t accounts = 0;
  uint32_t domain_bits = 0;  ///< the domain table has 2^n slots
  uint32_t key_bits = 0;     ///< the key table has 2^n slots
  uint32_t refs = 0;
  uint32_t strings = 0;
  uint32_t text_bytes = 0;
  // Since version 2; in version 1 records begin here.
  uint32_t activities = 0;  ///< accounts with an Activity
  uint32_t pages = 0;
  // Since version 3; in version 2 records begin here.
  uint32_t families = 0;  ///< accounts with a Family
  uint32_t reserved = 0;
};
/// By version, which is one that is read.
[[nodiscard]] constexpr uint32_t header_bytes(uint32_t version) noexcept {
  return static_cast<uint32_t>(version < kActivityVersion    ? offsetof(Header, activities)
                               : version == kActivityVersion ? offsetof(Header, families)
                                                             : sizeof(Header));
}
inline constexpr size_t kHashedFrom = offsetof(Header, feed_version);

inline constexpr uint32_t kHasExpiry = 1;

/// Those of a record: all but the domain, which is the first of the domain list, and `moved`.
inline constexpr size_t kStoredTexts = kTextFields - 2;
/// Position of `field` among the texts of a record; meaningless for kDomain and kMoved.
[[nodiscard]] constexpr size_t stored_text(TextField field) noexcept {
  const auto i = static_cast<size_t>(field);
  return i > static_cast<size_t>(TextField::kDomain) ? i - 1 : i;
}

/// Numbers of a record: those before NumberField::kVisits7d.
inline constexpr size_t kStoredNumbers = static_cast<size_t>(NumberField::kVisits7d);

/// One account.
struct Record {
  uint64_t key = 0;
  std::array<int64_t, kStoredNumbers> numbers{};  ///< 0 where the flag is not set
  std::array<uint32_t, kStoredTexts> texts{};     ///< string numbers, by stored_text()
  uint32_t refs = 0;                              ///< the first of its string numbers in the refs section
  uint16_t segments = 0, domains = 0, attributes = 0;
  uint8_t tier = 0;
  uint8_t flags = 0;
};

inline constexpr uint8_t kExcluded = 1;
inline constexpr uint8_t kHasActivity = 2;       ///< not in version 1
inline constexpr uint8_t kHasFamily = 4;         ///< since version 3
inline constexpr unsigned kNumberFlagShift = 4;  // bit 4 + NumberField: the account has that number
[[nodiscard]] constexpr uint8_t known_record_flags(uint32_t version) noexcept {
  return version < kActivityVersion ? 0xf1 : version == kActivityVersion ? 0xf3 : 0xf7;
}

/// What visits made of an account that has any of it, in order of accounts.
struct Activity {
  std::array<int64_t, kNumberFields - kStoredNumbers> numbers{};  ///< from kVisits7d on; 0 if not given
  uint32_t account = 0;                                           ///< ordinal
  uint32_t moved = 0;                                             ///< string number
  uint32_t first_page = 0;                                        ///< of the pages section
  uint16_t page_count = 0;
  uint16_t given = 0;  ///< bit i: the account has number i
};
inline constexpr uint16_t kKnownGiven = (1u << (kNumberFields - kStoredNumbers)) - 1;

struct Page {
  uint32_t path = 0;  ///< string number
  uint32_t days = 0;  ///< since the last visit
};

/// What an account that names a parent has of those above it, in order of accounts.
struct Family {
  uint32_t account = 0;    ///< ordinal
  uint32_t top = 0;        ///< string number: the id of the topmost account above it; 0: it is its own
  uint32_t inherited = 0;  ///< bits of InheritedSet
};
inline constexpr uint32_t kKnownInherited = (1u << kInheritedFields) - 1;

using KeySlot = uint32_t;  ///< ordinal + 1, 0 = empty
struct DomainSlot {
  uint32_t entry = 0;   ///< ordinal + 1
  uint32_t string = 0;  ///< string number; both 0 = empty
  friend bool operator==(const DomainSlot&, const DomainSlot&) = default;
};
static_assert(sizeof(Activity) == 64 && sizeof(Page) == 8 && sizeof(Family) == 12);
static_assert(sizeof(Header) == 112 && header_bytes(kOldestVersion) == 96 &&
              header_bytes(kActivityVersion) == 104 && kHashedFrom == 40 && sizeof(Record) == 88 &&
              sizeof(DomainSlot) == 8);

inline constexpr uint32_t kSeveralAccounts = 0xffffffff;  // instead of ordinal + 1: they share the domain
/// Tables are at most half full, and no entry is more than this many slots after the one its hash names.
inline constexpr uint32_t kMaxProbe = 128;
inline constexpr uint32_t kMaxTableBits = 30;

/// Where the sections of a file with these counts begin. They follow each other without gaps, but for at most
/// 7 zero bytes after the text, which bring activity to a multiple of 8.
struct Layout {
  uint64_t records = 0;
  uint64_t domain_slots = 0;
  uint64_t key_slots = 0;
  uint64_t refs = 0;
  uint64_t offsets = 0;  ///< u32 × (strings + 1): where each string begins in the text section
  uint64_t text = 0;
  uint64_t text_end = 0;
  uint64_t activities = 0;
  uint64_t pages = 0;
  uint64_t families = 0;
  uint64_t end = 0;
};

/// Version and header bytes are those of a version that is read, table bits at most kMaxTableBits; no sum can
/// overflow 64 bits.
[[nodiscard]] constexpr Layout layout(const Header& of) noexcept {
  Layout at;
  at.records = of.header_bytes;
  at.domain_slots = at.records + uint64_t{of.accounts} * sizeof(Record);
  at.key_slots = at.domain_slots + (uint64_t{sizeof(DomainSlot)} << of.domain_bits);
  at.refs = at.key_slots + (uint64_t{sizeof(KeySlot)} << of.key_bits);
  at.offsets = at.refs + uint64_t{of.refs} * 4;
  at.text = at.offsets + (uint64_t{of.strings} + 1) * 4;
  at.text_end = at.text + of.text_bytes;
  const bool old = of.version < kActivityVersion;
  at.activities = old ? at.text_end : (at.text_end + 7) / 8 * 8;
  at.pages = at.activities + (old ? 0 : uint64_t{of.activities} * sizeof(Activity));
  at.families = at.pages + (old ? 0 : uint64_t{of.pages} * sizeof(Page));
  at.end = at.families + (of.version <= kActivityVersion ? 0 : uint64_t{of.families} * sizeof(Family));
  return at;
}

[[nodiscard]] inline const Header& header_of(const char* file) noexcept {
  return *records_at<Header>(file, 0);
}

/// The sections as arrays, `Byte` being char or const char. Checks nothing.
template <typename Byte>
struct Sections {
  explicit Sections(Byte* file) noexcept : Sections(file, layout(header_of(file))) {}
  Sections(Byte* file, const Layout& at) noexcept
      : records(records_at<Record>(file, at.records)),
        domain_slots(records_at<DomainSlot>(file, at.domain_slots)),
        key_slots(records_at<KeySlot>(file, at.key_slots)),
        refs(records_at<uint32_t>(file, at.refs)),
        offsets(records_at<uint32_t>(file, at.offsets)),
        text(file + at.text),
        activities(records_at<Activity>(file, at.activities)),
        pages(records_at<Page>(file, at.pages)),
        families(records_at<Family>(file, at.families)) {}

  decltype(records_at<Record>(static_cast<Byte*>(nullptr), 0)) records;
  decltype(records_at<DomainSlot>(static_cast<Byte*>(nullptr), 0)) domain_slots;
  decltype(records_at<KeySlot>(static_cast<Byte*>(nullptr), 0)) key_slots;
  decltype(records_at<uint32_t>(static_cast<Byte*>(nullptr), 0)) refs, offsets;
  Byte* text;
  decltype(records_at<Activity>(static_cast<Byte*>(nullptr), 0)) activities;  ///< not in version 1
  decltype(records_at<Page>(static_cast<Byte*>(nullptr), 0)) pages;           ///< not in version 1
  decltype(records_at<Family>(static_cast<Byte*>(nullptr), 0)) families;      ///< since version 3

  [[nodiscard]] std::string_view string(uint64_t number) const noexcept {
    return {text + offsets[number], offsets[number + 1] - offsets[number]};
  }
};

}  // namespace abm::accounts::format
