// A strict recursive-descent walk over one JSON text that stops at the first fault.
#include "accounts/json_fault.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::accounts {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Walk {
 public:
  Walk(std::string_view text, unsigned max_depth) noexcept : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> run() {
    skip_space();
    if (value(1)) {
      skip_space();
      if (at_ < text_.size())
        fail(at_, fmt::format("'{}' after the object, each line holds one", excerpt(rest())));
    }
    return std::move(fault_);
  }

 private:
  std::string_view rest() const noexcept { return text_.substr(at_); }
  bool next_is(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
  void skip_space() noexcept {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool fail(size_t offset, std::string message) {
    fault_ = JsonFault{offset, std::move(message)};
    return false;
  }

  /// The input at `at_` is not `wanted`.
  bool unexpected(std::string_view wanted) {
    if (at_ >= text_.size()) return fail(at_, fmt::format("the line ends where {} is expected", wanted));
    const DecodedPoint point = decode_utf8(rest());
    if (!point.valid) return not_utf8();
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte < 0x20 || byte == 0x7f)
      return fail(at_, fmt::format("expected {}, found byte 0x{:02x}", wanted, byte));
    return fail(at_, fmt::format("expected {}, found '{}'", wanted, text_.substr(at_, point.length)));
  }
  bool not_utf8() {
    return fail(at_, fmt::format("byte 0x{:02x} is not valid UTF-8, save the feed as UTF-8",
                                 static_cast<unsigned char>(text_[at_])));
  }

  bool value(unsigned depth) {
    if (at_ >= text_.size()) return unexpected("a value");
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (depth > max_depth_) return fail(at_, fmt::format("nesting deeper than {} levels", max_depth_));
      return c == '{' ? object(depth) : list(depth);
    }
    if (c == '"') return string(nullptr);
    if (c == '-' || is_digit(c)) return number();
    return literal();
  }

  bool object(unsigned depth) {
    std::map<std::string, size_t> keys;  // text → offset
    ++at_;
    skip_space();
    if (next_is('}')) return ++at_, true;
    for (;;) {
      if (!next_is('"')) return unexpected("a key in double quotes");
      const size_t start = at_;
      std::string key;
      if (!string(&key)) return false;
      const auto [first, added] = keys.emplace(key, start);
      if (!added) return duplicate(key, first->second, start);
      skip_space();
      if (!next_is(':')) return unexpected("':'");
      ++at_;
      skip_space();
      if (!value(depth + 1)) return false;
      skip_space();
      if (next_is('}')) return ++at_, true;
      if (!next_is(',')) return unexpected("',' or '}'");
      ++at_;
      skip_space();
    }
  }

  bool list(unsigned depth) {
    ++at_;
    skip_space();
    if (next_is(']')) return ++at_, true;
    for (;;) {
      if (!value(depth + 1)) return false;
      skip_space();
      if (next_is(']')) return ++at_, true;
      if (!next_is(',')) return unexpected("',' or ']'");
      ++at_;
      skip_space();
    }
  }

  bool duplicate(std::string_view key, size_t first, size_t second) {
    size_t column = 1;
    for (size_t i = 0; i < first; i += decode_utf8(text_.substr(i)).length) ++column;
    return fail(second, fmt::format("duplicate key '{}', first at column {}", excerpt(key), column));
  }

  /// From the opening quote past the closing one. `out`, if given, receives the text
  /// with its escapes resolved.
  bool string(std::string* out) {
    ++at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') return ++at_, true;
      if (byte == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      if (byte < 0x20) {
        return fail(at_, fmt::format("control character 0x{:02x} inside a string", byte));
      }
      const DecodedPoint point = decode_utf8(rest());
      if (!point.valid) return not_utf8();
      if (out != nullptr) out->append(rest(), 0, point.length);
      at_ += point.length;
    }
    return fail(at_, "the line ends inside a string");
  }

  bool escape(std::string* out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ + 1 >= text_.size()) return fail(at_ + 1, "the line ends inside a string");
    const size_t which = kNames.find(text_[at_ + 1]);
    if (which != kNames.npos) {
      if (out != nullptr) *out += kMeanings[which];
      at_ += 2;
      return true;
    }
    const auto unit = utf16_unit(at_);
    if (!unit) {
      const size_t shown = text_[at_ + 1] == 'u' ? 6 : 1 + decode_utf8(text_.substr(at_ + 1)).length;
      return fail(at_, fmt::format("'{}' is not a JSON escape", excerpt(text_.substr(at_, shown))));
    }
    char32_t point = *unit;
    size_t length = 6;
    if (point >= 0xd800 && point <= 0xdfff) {
      const auto low = point < 0xdc00 ? utf16_unit(at_ + 6) : std::nullopt;
      if (!low || *low < 0xdc00 || *low > 0xdfff) {
        return fail(at_, fmt::format("'{}' is half of a surrogate pair", text_.substr(at_, 6)));
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (*low - 0xdc00);
      length = 12;
    }
    if (out != nullptr) append_utf8(*out, point);
    at_ += length;
    return true;
  }

  /// The unit of `\uXXXX` at `offset`.
  std::optional<char32_t> utf16_unit(size_t offset) const noexcept {
    if (offset + 6 > text_.size() || text_[offset] != '\\' || text_[offset + 1] != 'u') return std::nullopt;
    char32_t unit = 0;
    for (size_t i = offset + 2; i < offset + 6; ++i) {
      const int digit = hex_value(text_[i]);
      if (digit < 0) return std::nullopt;
      unit = unit * 16 + static_cast<char32_t>(digit);
    }
    return unit;
  }

  /// The characters up to the next delimiter: what a person would call the token.
  std::string_view token() const noexcept {
    const size_t end = text_.find_first_of(" \t\r\n,:{}[]\"", at_);
    return text_.substr(at_, end == text_.npos ? text_.npos : end - at_);
  }

  bool literal() {
    const std::string_view word = token();
    if (word == "true" || word == "false" || word == "null") {
      at_ += word.size();
      return true;
    }
    if (word.empty() || !is_utf8(word) || static_cast<unsigned char>(word[0]) < 0x20)
      return unexpected("a value");
    return fail(at_, fmt::format("'{}' is not a JSON value", excerpt(word)));
  }

  bool number() {
    const std::string_view word = token();
    size_t i = word[0] == '-' ? 1 : 0;
    const auto digits = [&] {
      const size_t first = i;
      while (i < word.size() && is_digit(word[i])) ++i;
      return i - first;
    };
    const auto malformed = [&] { return fail(at_, fmt::format("'{}' is not a JSON number", excerpt(word))); };
    const size_t first = i;
    const size_t whole = digits();
    if (whole == 0 || (whole > 1 && word[first] == '0')) return malformed();
    bool integer = true;
    if (i < word.size() && word[i] == '.') {
      integer = false;
      ++i;
      if (digits() == 0) return malformed();
    }
    if (i < word.size() && (word[i] == 'e' || word[i] == 'E')) {
      integer = false;
      ++i;
      if (i < word.size() && (word[i] == '+' || word[i] == '-')) ++i;
      if (digits() == 0) return malformed();
    }
    if (i != word.size()) return malformed();
    if (!(integer ? fits_integer(word) : fits_double(word))) {
      return fail(at_, fmt::format("number '{}' is out of range", excerpt(word)));
    }
    at_ += word.size();
    return true;
  }

  static bool fits_integer(std::string_view word) noexcept {
    int64_t negative = 0;
    uint64_t positive = 0;
    const char* const end = word.data() + word.size();
    return (word[0] == '-' ? std::from_chars(word.data(), end, negative).ec
                           : std::from_chars(word.data(), end, positive).ec) == std::errc();
  }
  static bool fits_double(std::string_view word) {
    // A value too small for a double rounds to zero, which is fine, as in simdjson.
    return std::isfinite(std::strtod(std::string(word).c_str(), nullptr));
  }

  std::string_view text_;
  unsigned max_depth_;
  size_t at_ = 0;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, unsigned max_depth) {
  return Walk(text, max_depth).run();
}

std::string excerpt(std::string_view text) {
  constexpr size_t kShown = 64;
  size_t end = 0;
  for (size_t points = 0; points < kShown && end < text.size(); ++points)
    end += decode_utf8(text.substr(end)).length;
  std::string out = repaired_utf8(text.substr(0, end));
  if (end < text.size()) out += "…";
  return out;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    append_utf8(out, point.value);
    text.remove_prefix(point.length);
  }
  return out;
}

}  // namespace abm::accounts
