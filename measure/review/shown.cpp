#include "measure/review/shown.h"

#include <utf8proc.h>

#include "base/text.h"

namespace abm::measure {
namespace {

size_t columns_of_point(char32_t point) noexcept {
  const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(point));
  return width > 0 ? static_cast<size_t>(width) : 0;
}

/// UAX #9: embeddings, overrides, isolates and marks; and the byte order mark.
bool changes_direction(char32_t point) noexcept {
  return point == 0x061c || point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

bool ends_line(char32_t point) noexcept {
  return point == '\t' || point == '\n' || point == '\r' || point == 0x2028 || point == 0x2029;
}

bool is_control(char32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

}  // namespace

size_t columns_of(std::string_view text) noexcept {
  size_t columns = 0;
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    columns += columns_of_point(point.value);
    text.remove_prefix(point.length);
  }
  return columns;
}

std::string shown(std::string_view text, size_t columns) {
  std::string out;
  size_t width = 0;
  size_t cut = 0;  // bytes of `out` that leave room for "…"
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    text.remove_prefix(point.length);
    if (changes_direction(point.value)) continue;
    const char32_t as = ends_line(point.value) ? U' ' : is_control(point.value) ? U'\ufffd' : point.value;
    width += columns_of_point(as);
    if (width > columns) return out.substr(0, cut) + "…";
    append_utf8(out, as);
    if (width < columns) cut = out.size();
  }
  return out;
}

}  // namespace abm::measure
