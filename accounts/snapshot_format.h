// accounts.bin byte by byte: positions and sizes shared by the writer, the checker and
// the view. See FORMAT.md.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "accounts/account.h"

namespace abm::accounts::format {

static_assert(std::endian::native == std::endian::little, "accounts.bin is little-endian and read in place");

inline constexpr std::string_view kMagic = "ABMACCTS";
inline constexpr uint32_t kVersion = 1;
inline constexpr uint64_t kMaxFileBytes = std::numeric_limits<uint32_t>::max();

// Header fields, by byte position. The hash covers everything after it; the fields before it
// have only one valid value.
inline constexpr size_t kVersionAt = 8;       // u32
inline constexpr size_t kHeaderBytesAt = 12;  // u32
inline constexpr size_t kFileBytesAt = 16;    // u64
inline constexpr size_t kHashAt = 24;         // XXH3-128, low half first
inline constexpr size_t kHashedFrom = 40;
inline constexpr size_t kFeedVersionAt = 40;  // u64
inline constexpr size_t kGeneratedAt = 48;    // i64
inline constexpr size_t kExpiresAt = 56;      // i64, 0 without kHasExpiry
inline constexpr size_t kFlagsAt = 64;        // u32
inline constexpr size_t kTenantAt = 68;       // u32 string number
inline constexpr size_t kAccountsAt = 72;     // u32
inline constexpr size_t kDomainBitsAt = 76;   // u32, the domain table has 2^n slots
inline constexpr size_t kKeyBitsAt = 80;      // u32, the key table has 2^n slots
inline constexpr size_t kRefsAt = 84;         // u32
inline constexpr size_t kStringsAt = 88;      // u32
inline constexpr size_t kTextBytesAt = 92;    // u32
inline constexpr size_t kHeaderBytes = 96;

inline constexpr uint32_t kHasExpiry = 1;

// A record, by byte position. Sections follow each other without gaps, widest elements first.
inline constexpr size_t kRecordKeyAt = 0;          // u64
inline constexpr size_t kRecordNumbersAt = 8;      // i64 by NumberField, 0 where its flag is not set
inline constexpr size_t kRecordTextsAt = 40;       // u32 string numbers, by stored_text()
inline constexpr size_t kRecordRefsAt = 76;        // u32, the first of its string numbers in the refs section
inline constexpr size_t kRecordSegmentsAt = 80;    // u16
inline constexpr size_t kRecordDomainsAt = 82;     // u16
inline constexpr size_t kRecordAttributesAt = 84;  // u16
inline constexpr size_t kRecordTierAt = 86;        // u8
inline constexpr size_t kRecordFlagsAt = 87;       // u8
inline constexpr size_t kRecordBytes = 88;

inline constexpr uint8_t kExcluded = 1;
inline constexpr unsigned kNumberFlagShift = 4;  // bit 4 + NumberField: the account has that number
inline constexpr uint8_t kKnownRecordFlags = 0xf1;

/// The domain is not stored as a text: it is the first of the domain list.
inline constexpr size_t kStoredTexts = kTextFields - 1;
/// Position of `field` among the stored texts; meaningless for kDomain.
[[nodiscard]] constexpr size_t stored_text(TextField field) noexcept {
  const auto i = static_cast<size_t>(field);
  return i > static_cast<size_t>(TextField::kDomain) ? i - 1 : i;
}

inline constexpr size_t kKeySlotBytes = 4;     // u32 ordinal + 1, 0 = empty
inline constexpr size_t kDomainSlotBytes = 8;  // u32 ordinal + 1, u32 string number; both 0 = empty
inline constexpr uint32_t kSeveralAccounts = 0xffffffff;  // instead of ordinal + 1: they share the domain
/// Tables are at most half full, and no entry is more than this many slots after the one its hash names.
inline constexpr uint32_t kMaxProbe = 128;
inline constexpr uint32_t kMaxTableBits = 30;

static_assert(kRecordNumbersAt + 8 * kNumberFields == kRecordTextsAt);
static_assert(kRecordTextsAt + 4 * kStoredTexts == kRecordRefsAt);

template <typename T>
requires std::is_integral_v<T>
[[nodiscard]] inline T load(const char* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
requires std::is_integral_v<T>
inline void store(char* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

/// Where the sections of a file with these counts begin.
struct Layout {
  uint64_t records = kHeaderBytes;
  uint64_t domain_slots = 0;
  uint64_t key_slots = 0;
  uint64_t refs = 0;
  uint64_t offsets = 0;  ///< u32 × (strings + 1): where each string begins in the text section
  uint64_t text = 0;
  uint64_t end = 0;
};

/// `bits` at most kMaxTableBits; no sum can overflow 64 bits.
[[nodiscard]] constexpr Layout layout(uint32_t accounts, uint32_t domain_bits, uint32_t key_bits,
                                      uint32_t refs, uint32_t strings, uint32_t text_bytes) noexcept {
  Layout at;
  at.domain_slots = at.records + uint64_t{accounts} * kRecordBytes;
  at.key_slots = at.domain_slots + (uint64_t{kDomainSlotBytes} << domain_bits);
  at.refs = at.key_slots + (uint64_t{kKeySlotBytes} << key_bits);
  at.offsets = at.refs + uint64_t{refs} * 4;
  at.text = at.offsets + (uint64_t{strings} + 1) * 4;
  at.end = at.text + text_bytes;
  return at;
}

[[nodiscard]] inline Layout layout_of(const char* header) noexcept {
  return layout(load<uint32_t>(header + kAccountsAt), load<uint32_t>(header + kDomainBitsAt),
                load<uint32_t>(header + kKeyBitsAt), load<uint32_t>(header + kRefsAt),
                load<uint32_t>(header + kStringsAt), load<uint32_t>(header + kTextBytesAt));
}

}  // namespace abm::accounts::format
