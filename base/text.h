// Small text functions: ASCII case, blanks, UTF-8 validity, nearest names for "did you mean".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace abm {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] std::string ascii_lower(std::string_view text);
/// ASCII letters only.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}

/// `text` without those of `blanks` at both ends; a view of `text`.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") noexcept;

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

/// Well-formed UTF-8 according to Unicode table 3-7: no overlongs, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

struct DecodedPoint {
  char32_t value;  ///< U+FFFD if the bytes are not UTF-8
  uint8_t length;  ///< bytes consumed, 1..4; 1 if they are not UTF-8
  bool valid;
};
/// The code point at the start of `bytes`, which must not be empty.
[[nodiscard]] DecodedPoint decode_utf8(std::string_view bytes) noexcept;
/// Writes `point` (a Unicode scalar value) as UTF-8 to `out`, which has room for 4 bytes. Returns 1..4.
size_t encode_utf8(char32_t point, char* out) noexcept;
/// Appends `point` (a Unicode scalar value) as UTF-8.
void append_utf8(std::string& out, char32_t point);

/// The candidate nearest to `word` by Damerau-Levenshtein distance ignoring case, if near enough to be a typo
/// (at most a third of the longer one's length, at least 1); std::nullopt otherwise.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);
/// ", did you mean 'x'?" or "".
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace abm
