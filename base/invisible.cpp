#include "base/invisible.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"

namespace abm {
namespace {

struct Invisible {
  char32_t first, last;
  bool wide;  ///< looks like a blank
  std::string_view name;
};

constexpr Invisible kInvisible[] = {
    {0x00a0, 0x00a0, true, "no-break space"},        {0x00ad, 0x00ad, false, "soft hyphen"},
    {0x061c, 0x061c, false, "direction mark"},       {0x1680, 0x1680, true, "ogham space"},
    {0x180e, 0x180e, false, "vowel separator"},      {0x2000, 0x200a, true, "wide space"},
    {0x200b, 0x200b, false, "zero width space"},     {0x200c, 0x200d, false, "zero width joiner"},
    {0x200e, 0x200f, false, "direction mark"},       {0x2028, 0x2029, true, "line separator"},
    {0x202a, 0x202c, false, "direction mark"},  // not the overrides, which make text look like another
    {0x202f, 0x202f, true, "narrow no-break space"}, {0x205f, 0x205f, true, "wide space"},
    {0x2060, 0x2064, false, "word joiner"},          {0x2066, 0x2069, false, "direction mark"},
    {0x3000, 0x3000, true, "ideographic space"},     {0xfeff, 0xfeff, false, "byte order mark"},
};

const Invisible* invisible(char32_t point) noexcept {
  for (const Invisible& range : kInvisible) {
    if (point >= range.first && point <= range.last) return &range;
  }
  return nullptr;
}

constexpr bool is_ascii_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// Where the character that ends at `end` starts.
size_t start_of_last(std::string_view text, size_t end) noexcept {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

constexpr std::string_view kLittleEndianMark = "\xff\xfe", kBigEndianMark = "\xfe\xff";
constexpr size_t kProbedUnits = 4;
constexpr char kNotUtf8 = '\xff';

// Every unit of the beginning is an ASCII character, `zero` being the place of its empty byte.
bool starts_as_units(std::string_view bytes, size_t zero) noexcept {
  if (bytes.size() < 2 * kProbedUnits) return false;
  for (size_t i = 0; i < 2 * kProbedUnits; i += 2) {
    if (bytes[i + zero] != '\0' || bytes[i + 1 - zero] == '\0' || !is_ascii(bytes.substr(i + 1 - zero, 1)))
      return false;
  }
  return true;
}

}  // namespace

bool is_wide_blank(char32_t point) noexcept {
  const Invisible* const found = invisible(point);
  return found != nullptr && found->wide;
}

bool has_no_width(char32_t point) noexcept {
  const Invisible* const found = invisible(point);
  return found != nullptr && !found->wide;
}

size_t invisible_at(std::string_view text, size_t at) noexcept {
  if (at >= text.size() || static_cast<unsigned char>(text[at]) < 0x80) return 0;
  const DecodedPoint point = decode_utf8(text.substr(at));
  return point.valid && invisible(point.value) != nullptr ? point.length : 0;
}

std::string_view trimmed_of_invisible(std::string_view text) noexcept {
  while (!text.empty()) {
    const size_t length = is_ascii_blank(text.front()) ? 1 : invisible_at(text, 0);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    const size_t start = start_of_last(text, text.size());
    const bool blank = is_ascii_blank(text.back()) || invisible_at(text, start) == text.size() - start;
    if (!blank) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::string as_it_looks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = invisible_at(text, at);
    if (length == 0) {
      out += text[at++];
      continue;
    }
    if (invisible(decode_utf8(text.substr(at)).value)->wide) out += ' ';
    at += length;
  }
  return out;
}

std::string note_on_invisible(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (invisible_at(text, at) == 0) continue;
    const char32_t point = decode_utf8(text.substr(at)).value;
    const std::string where = at == 0 ? "at its start" : fmt::format("after '{}'", text.substr(0, at));
    return fmt::format("; it holds an invisible U+{:04X} ({}) {}: delete it", static_cast<uint32_t>(point),
                       invisible(point)->name, where);
  }
  return {};
}

bool utf16_to_utf8(std::string_view bytes, std::string& out) {
  const bool little = bytes.starts_with(kLittleEndianMark) || starts_as_units(bytes, 1);
  const bool big = bytes.starts_with(kBigEndianMark) || starts_as_units(bytes, 0);
  if (!little && !big) return false;
  const size_t high = little ? 1 : 0;
  const auto unit_at = [&](size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
    return static_cast<char32_t>(byte(at + high) << 8 | byte(at + 1 - high));
  };
  const auto is_high = [](char32_t unit) { return unit >= 0xd800 && unit < 0xdc00; };
  const auto is_low = [](char32_t unit) { return unit >= 0xdc00 && unit < 0xe000; };
  std::string text;
  text.reserve(bytes.size() / 2 + 1);
  size_t at = bytes.starts_with(kLittleEndianMark) || bytes.starts_with(kBigEndianMark) ? 2 : 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const char32_t unit = unit_at(at);
    if (is_high(unit) && at + 3 < bytes.size() && is_low(unit_at(at + 2))) {
      append_utf8(text, 0x10000 + ((unit - 0xd800) << 10) + (unit_at(at + 2) - 0xdc00));
      at += 2;
    } else if (is_high(unit) || is_low(unit)) {
      text += kNotUtf8;
    } else {
      append_utf8(text, unit);
    }
  }
  if (at < bytes.size()) text += kNotUtf8;
  out = std::move(text);
  return true;
}

}  // namespace abm
