// Attributes of a start tag: where the tag ends, which attributes it has, and their decoded values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "rewrite/scan/bytes.h"
#include "rewrite/scan/charset.h"
#include "rewrite/scan/name_hash.h"

namespace abm::rewrite {

/// What one walk over a tag's attributes finds.
struct TagWalk {
  const char* end = nullptr;    ///< after ">", or nullptr: the bytes end inside the tag
  uint64_t attribute_bits = 0;  ///< union of attribute_bit of the names (rewrite/scan/name_hash.h)
  bool self_closing = false;    ///< "/>" where the slash is not part of an unquoted value
};

/// Steps over attributes as most are written: one space, a name of at most seven letters, `="`, a value, `"`.
/// Returns where the first one of another form begins; `end` where the bytes end inside a value.
template <typename S = Search>
[[nodiscard]] inline const char* walk_plain_attributes(const char* p, const char* end,
                                                       uint64_t& bits) noexcept {
  constexpr uint64_t kSixthBits =
      0x4040404040404040;          // set in letters, and in none of the bytes that end a name
  constexpr ptrdiff_t kRoom = 10;  // a space, eight bytes, a quote
  if (std::endian::native != std::endian::little) return p;
  while (end - p >= kRoom && *p == ' ') {
    uint64_t word;
    std::memcpy(&word, p + 1, sizeof(word));
    const auto size = static_cast<size_t>(std::countr_zero(~word & kSixthBits)) / 8;
    if (size == 0 || size == 8) return p;
    const char* const after = p + 1 + size;
    if (after[0] != '=' || after[1] != '"') return p;
    bits |= attribute_bit(ascii_lower(p[1]), ascii_lower(after[-1]), size);
    p = S::byte(after + 2, end, '"');
    if (p == end) return p;
    ++p;
  }
  return p;
}

/// Walks from the end of the tag's name (HTML 13.2.5.32–40).
template <typename S = Search>
[[nodiscard]] inline TagWalk walk_attributes(const char* p, const char* end) noexcept {
  TagWalk walk;
  p = walk_plain_attributes<S>(p, end, walk.attribute_bits);
  while (p != end) {
    const uint8_t c = byte_class(*p);
    if ((c & kGreaterByte) != 0) {
      walk.end = p + 1;
      return walk;
    }
    if ((c & kSpaceByte) != 0) {
      ++p;
      continue;
    }
    if ((c & kSlashByte) != 0) {
      if (++p == end) return walk;
      if (*p != '>') continue;
      walk.self_closing = true;
      walk.end = p + 1;
      return walk;
    }
    const char* name = p;  // a leading "=" is part of the name
    p = S::attribute_name_end(p + 1, end);
    if (p == end) return walk;
    walk.attribute_bits |=
        attribute_bit(ascii_lower(*name), ascii_lower(p[-1]), static_cast<size_t>(p - name));
    while (is_space(*p)) {
      if (++p == end) return walk;
    }
    if (*p != '=') continue;
    do {
      if (++p == end) return walk;
    } while (is_space(*p));
    if (*p == '"' || *p == '\'') {
      p = S::byte(p + 1, end, *p);
      if (p == end) return walk;
      ++p;
    } else if (*p != '>') {
      p = S::unquoted_end(p, end);
    }
  }
  return walk;
}

/// Finds a tag's ">" in bytes that come piece by piece. However they are divided, it agrees with
/// walk_attributes.
class TagEndFinder {
 public:
  /// Starts inside the tag's name.
  void reset() noexcept { state_ = State::kName; }
  /// How many bytes there are up to and including the tag's ">"; all of them if it is not there (`found`
  /// tells).
  size_t feed(std::string_view bytes, bool& found) noexcept;

 private:
  enum class State : uint8_t {
    kName,
    kBefore,
    kAttributeName,
    kAfterName,
    kBeforeValue,
    kDouble,
    kSingle,
    kUnquoted
  };
  State state_ = State::kName;
};

/// One attribute as written. Views into the tag.
struct RawAttribute {
  std::string_view name;   ///< case as written
  std::string_view value;  ///< without quotes; empty when there is none
  std::string_view whole;  ///< from the name to the value's end, closing quote included
};

/// Steps through a complete tag's attributes. `tag` runs from the end of the name to ">" inclusive.
class AttributeCursor {
 public:
  explicit AttributeCursor(std::string_view tag) noexcept : p_(tag.data()), end_(tag.data() + tag.size()) {}
  [[nodiscard]] bool next(RawAttribute& attribute) noexcept;

 private:
  const char* p_;
  const char* end_;
};

/// The first attribute of that name, whatever its case; nullopt where there is none.
[[nodiscard]] std::optional<RawAttribute> find_attribute(std::string_view tag,
                                                         std::string_view lower_name) noexcept;

/// Whether the first attribute of that name has `keyword` (ASCII lower case) as its value, references
/// resolved, whatever the case: how HTML compares the keywords of enumerated attributes (2.3.3).
[[nodiscard]] bool attribute_is(std::string_view tag, std::string_view lower_name,
                                std::string_view keyword) noexcept;

/// Whether the raw value can be used as it is: decode_value would change nothing.
[[nodiscard]] bool is_plain_value(std::string_view raw, Charset charset) noexcept;
/// Most bytes that decode_value writes for a raw value of `size` bytes.
[[nodiscard]] constexpr size_t decoded_capacity(size_t size) noexcept {
  return 3 * size + 8;
}
/// The value as the standard defines it: references resolved, CR LF and CR as LF, NUL as U+FFFD. In a page
/// known not to be UTF-8, every non-ASCII character becomes U+FFFD, so that no selector mistakes its bytes
/// for others.
size_t decode_value(std::string_view raw, Charset charset, char* out) noexcept;

/// Whether a byte opens, or ends, a character of two bytes.
[[nodiscard]] bool is_lead_byte(char c, Charset charset) noexcept;
[[nodiscard]] bool is_trail_byte(char c, Charset charset) noexcept;
/// Bytes of the character at the start of `text` (1 or 2; 4 in gb18030) in a double-byte charset.
[[nodiscard]] size_t character_length(std::string_view text, Charset charset) noexcept;
[[nodiscard]] constexpr bool is_double_byte(Charset charset) noexcept {
  return charset == Charset::kShiftJis || charset == Charset::kGbk || charset == Charset::kBig5 ||
         charset == Charset::kEuc;
}

}  // namespace abm::rewrite
