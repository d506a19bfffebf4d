#include "yaml/look_alikes.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/invisible.h"
#include "base/text.h"

namespace abm::yaml {
namespace {

// To YAML, U+2028 and U+2029 end a line.
bool is_odd_blank(char32_t point) noexcept {
  return is_wide_blank(point) && point != 0x2028 && point != 0x2029;
}

bool is_invisible(char32_t point) noexcept {
  return has_no_width(point) || point == 0x202d || point == 0x202e;
}

bool is_double_quote(char32_t point) noexcept {  // “ ” „ ‟ « » ＂
  return (point >= 0x201c && point <= 0x201f) || point == 0xab || point == 0xbb || point == 0xff02;
}

bool is_single_quote(char32_t point) noexcept {  // ‘ ’ ‚ ‛
  return point >= 0x2018 && point <= 0x201b;
}

bool is_quote(char32_t point) noexcept {
  return is_double_quote(point) || is_single_quote(point);
}

bool is_dash(char32_t point) noexcept {  // ‐ ‑ ‒ – — −
  return (point >= 0x2010 && point <= 0x2014) || point == 0x2212;
}

bool is_blank(char32_t point) noexcept {
  return point == ' ' || point == '\t';
}

struct Point {
  char32_t value = 0;
  size_t offset = 0;
};

std::vector<Point> points_of(std::string_view text) {
  std::vector<Point> points;
  for (size_t at = 0; at < text.size();) {
    const DecodedPoint point = decode_utf8(text.substr(at));
    points.push_back({point.value, at});
    at += point.length;
  }
  return points;
}

/// One line, from its start. A text in quotes that goes over several lines is taken for what the first line
/// shows.
class LineScan {
 public:
  explicit LineScan(std::string_view line) : points_(points_of(line)) {}

  /// The index of the first look-alike among the points.
  [[nodiscard]] std::optional<size_t> find() {
    char32_t quote = 0;
    std::optional<size_t> closing;  // a typographic quote behind an open straight one
    for (size_t i = 0; i < points_.size(); ++i) {
      const char32_t point = points_[i].value;
      if (quote != 0) {
        if (point == quote) {
          quote = 0;
          closing.reset();
        } else if (is_quote(point) && ends_value(i + 1)) {
          closing = i;
        }
        continue;
      }
      if (point == '#' && (i == 0 || is_blank(points_[i - 1].value))) return std::nullopt;
      if ((point == '"' || point == '\'') && begins_value(i)) {
        quote = point;
      } else if (stands_out(i)) {
        return i;
      }
    }
    return quote != 0 ? closing : std::nullopt;
  }

  [[nodiscard]] const Point& operator[](size_t i) const noexcept { return points_[i]; }

 private:
  [[nodiscard]] bool stands_out(size_t i) const noexcept {
    const char32_t point = points_[i].value;
    if (is_blank_or_invisible(point)) return begins_value(i) || ends_value(i + 1);
    if (is_quote(point)) return begins_value(i);
    if (is_dash(point)) return begins_value(i) && i + 1 < points_.size() && is_blank(points_[i + 1].value);
    return point == 0xff1a && i > 0;  // ：
  }
  /// Only blanks, or things that look like them, between YAML's own characters and `i`.
  [[nodiscard]] bool begins_value(size_t i) const noexcept {
    bool blank = i == 0;
    while (i > 0 && (is_blank(points_[i - 1].value) || is_blank_or_invisible(points_[i - 1].value))) {
      --i;
      blank = true;
    }
    if (i == 0) return true;
    const char32_t before = points_[i - 1].value;
    if (before == '[' || before == '{' || before == ',') return true;
    return (blank && (before == '-' || before == ':')) || before == ':';
  }
  [[nodiscard]] bool ends_value(size_t i) const noexcept {
    while (i < points_.size() && (is_blank(points_[i].value) || is_blank_or_invisible(points_[i].value))) ++i;
    return i == points_.size() ||
           std::u32string_view(U":,]}").find(points_[i].value) != std::u32string_view::npos;
  }

  std::vector<Point> points_;
};

}  // namespace

bool is_blank_or_invisible(char32_t point) noexcept {
  return is_odd_blank(point) || is_invisible(point);
}

std::string look_alike(char32_t point) {
  std::string shown;
  append_utf8(shown, point);
  const auto number = static_cast<uint32_t>(point);
  if (is_double_quote(point)) return fmt::format("a typographic quote {} instead of \"", shown);
  if (is_single_quote(point)) return fmt::format("a typographic quote {} instead of '", shown);
  if (point == 0xa0 || point == 0x202f)
    return fmt::format("a no-break space (U+{:04X}) instead of a space", number);
  if (is_odd_blank(point)) return fmt::format("a special blank (U+{:04X}) instead of a space", number);
  if (is_invisible(point)) return fmt::format("an invisible character (U+{:04X})", number);
  if (is_dash(point)) return fmt::format("a dash {} instead of -", shown);
  if (point == 0xff1a) return fmt::format("a wide colon {} instead of :", shown);
  return {};
}

std::optional<FoundLookAlike> look_alike_in_key(std::string_view key) {
  const std::vector<Point> points = points_of(key);
  for (size_t i = 0; i < points.size(); ++i) {
    const bool at_end = i == 0 || i + 1 == points.size();
    const bool list_dash =
        i == 0 && is_dash(points[i].value) && points.size() > 1 && is_blank(points[1].value);
    if (is_blank_or_invisible(points[i].value) || (at_end && is_quote(points[i].value)) || list_dash)
      return FoundLookAlike{points[i].offset, look_alike(points[i].value)};
  }
  return std::nullopt;
}

std::string odd_value(std::string_view plain) {
  if (is_ascii(plain)) return {};
  const std::vector<Point> points = points_of(plain);
  for (const bool end : {false, true}) {
    const char32_t point = (end ? points.back() : points.front()).value;
    if (!is_blank_or_invisible(point)) continue;
    return fmt::format("{} is at the {} of this text, and belongs to it: remove it", look_alike(point),
                       end ? "end" : "beginning");
  }
  const char32_t first = points.front().value;
  if (!is_quote(first)) return {};
  const auto close = std::find_if(points.begin() + 1, points.end(), [&](const Point& point) {
    return is_double_quote(first) ? is_double_quote(point.value) || point.value == '"'
                                  : is_single_quote(point.value) || point.value == '\'';
  });
  const bool around = close != points.end() && close + 1 == points.end();
  if (!around && (close != points.end() || is_single_quote(first))) return {};
  return fmt::format(
      "{}: typographic quotes are part of the text; write straight ones, or put straight ones around it "
      "to keep them",
      look_alike(first));
}

std::string look_alike_on_lines(const SourceText& source, uint32_t from, uint32_t to) {
  for (uint32_t number = std::max(from, 1u); number <= to; ++number) {
    LineScan line(source.line(number));
    const auto found = line.find();
    if (!found) continue;
    return fmt::format("{}:{}: {}", number, *found + 1, look_alike(line[*found].value));
  }
  return {};
}

std::string with_visible_blanks(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    if (point.valid && is_blank_or_invisible(point.value)) {
      out += fmt::format("<U+{:04X}>", static_cast<uint32_t>(point.value));
    } else {
      out += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return out;
}

}  // namespace abm::yaml
