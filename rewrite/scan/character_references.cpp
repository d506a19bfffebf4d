// Character references: a sorted blob of names with an index computed at compile time, and the numeric rules.
#include "rewrite/scan/character_references.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kBlob(
#include "rewrite/scan/named_references.inc"
    , sizeof(
#include "rewrite/scan/named_references.inc"
          ) -
          1);

constexpr size_t count_references() {
  size_t zeros = 0;
  for (const char c : kBlob) zeros += c == '\0';
  return zeros / 2;
}
constexpr size_t kCount = count_references();
constexpr size_t kLongestName = 32;

constexpr std::array<uint16_t, kCount> index_references() {
  std::array<uint16_t, kCount> index{};
  size_t at = 0;
  for (auto& entry : index) {
    entry = static_cast<uint16_t>(at);
    for (int part = 0; part < 2; ++part) {
      while (kBlob[at] != '\0') ++at;
      ++at;
    }
  }
  return index;
}
constexpr auto kIndex = index_references();
static_assert(kBlob.size() < 65536);

std::string_view name_at(size_t i) noexcept {
  return kBlob.data() + kIndex[i];
}

// What windows-1252 puts where C1 controls are (HTML 13.2.5.80).
constexpr uint16_t kC1[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                              0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                              0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                              0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int digit_of(char c, bool hex) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char letter = ascii_lower(c);
  return hex && letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

CharacterReference numeric(std::string_view text) noexcept {
  const bool hex = text.size() > 2 && ascii_lower(text[2]) == 'x';
  const size_t first = hex ? 3 : 2;
  size_t at = first;
  uint32_t value = 0;
  for (; at < text.size() && digit_of(text[at], hex) >= 0; ++at) {
    value = std::min<uint32_t>(value * (hex ? 16 : 10) + static_cast<uint32_t>(digit_of(text[at], hex)),
                               0x110000);
  }
  CharacterReference result;
  if (at == first) return result;
  if (at < text.size() && text[at] == ';') ++at;
  if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = 0xFFFD;
  if (value >= 0x80 && value <= 0x9F) value = kC1[value - 0x80];
  result.length = at;
  result.size = encode_utf8(value, result.utf8);
  return result;
}

CharacterReference named(std::string_view text, bool in_attribute) noexcept {
  CharacterReference result;
  const std::string_view rest = text.substr(1);
  size_t length = 0;
  while (length < rest.size() && length < kLongestName && is_alphanumeric(rest[length])) ++length;
  if (length < rest.size() && length < kLongestName && rest[length] == ';') ++length;
  for (; length >= 2; --length) {  // the longest name wins: "&notin;" over "&not"
    const std::string_view name = rest.substr(0, length);
    size_t low = 0, high = kCount;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (name_at(middle) < name) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == kCount || name_at(low) != name) continue;
    const char next = length < rest.size() ? rest[length] : '\0';
    if (in_attribute && name.back() != ';' && (next == '=' || is_alphanumeric(next))) return result;
    const std::string_view value = name_at(low).data() + length + 1;
    result.length = length + 1;
    result.size = value.size();
    std::memcpy(result.utf8, value.data(), value.size());
    return result;
  }
  return result;
}

}  // namespace

CharacterReference character_reference(std::string_view text, bool in_attribute) noexcept {
  if (text.size() < 2) return {};
  return text[1] == '#' ? numeric(text) : named(text, in_attribute);
}

}  // namespace abm::rewrite
