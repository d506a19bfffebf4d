// Tokens of CSS Syntax Level 3, read and written.
#include "rewrite/select/css_tokens.h"

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_name(char c) noexcept {
  return is_name_start(c) || is_digit(c) || c == '-';
}
constexpr bool is_newline(char c) noexcept {
  return c == '\n' || c == '\r' || c == '\f';
}

constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

bool CssCursor::take(char c) noexcept {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void CssCursor::skip_comments() {
  while (peek() == '/' && peek(1) == '*') {
    const size_t close = text_.find("*/", at_ + 2);
    if (close == std::string_view::npos) {
      fail(at_, "comment is not closed: write '*/' after it");
      at_ = text_.size();
      return;
    }
    at_ = close + 2;
  }
}

bool CssCursor::skip_blanks() {
  bool blank = false;
  for (skip_comments(); is_css_blank(peek()); skip_comments()) {
    blank = true;
    ++at_;
  }
  return blank;
}

bool CssCursor::is_escape(size_t ahead) const noexcept {
  return peek(ahead) == '\\' && at_ + ahead + 1 < text_.size() && !is_newline(peek(ahead + 1));
}

bool CssCursor::starts_identifier(size_t ahead) const noexcept {
  if (peek(ahead) == '-')
    return is_name_start(peek(ahead + 1)) || peek(ahead + 1) == '-' || is_escape(ahead + 1);
  return is_name_start(peek(ahead)) || is_escape(ahead);
}

bool CssCursor::starts_name(size_t ahead) const noexcept {
  return is_name(peek(ahead)) || is_escape(ahead);
}

void CssCursor::take_escape(std::string& out) {
  ++at_;
  if (hex_value(peek()) < 0) {
    const DecodedPoint point = decode_utf8(text_.substr(at_));
    out.append(text_.substr(at_, point.length));
    at_ += point.length;
    return;
  }
  char32_t value = 0;
  for (int digits = 0; digits < 6 && hex_value(peek()) >= 0; ++digits, ++at_) {
    value = value * 16 + static_cast<char32_t>(hex_value(peek()));
  }
  if (peek() == '\r' && peek(1) == '\n') {
    at_ += 2;
  } else if (is_css_blank(peek())) {
    ++at_;
  }
  if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) value = 0xfffd;
  append_utf8(out, value);
}

std::string CssCursor::take_name() {
  std::string name;
  while (!at_end()) {
    if (is_name(peek())) {
      name += text_[at_++];
    } else if (is_escape(0)) {
      take_escape(name);
    } else {
      break;
    }
  }
  return name;
}

std::optional<std::string> CssCursor::take_string() {
  const size_t begin = at_;
  const char quote = text_[at_++];
  std::string value;
  while (!at_end()) {
    const char c = peek();
    if (c == quote) {
      ++at_;
      return value;
    }
    if (is_newline(c)) break;
    if (c != '\\') {
      value += c;
      ++at_;
    } else if (at_ + 1 == text_.size()) {
      break;
    } else if (is_newline(peek(1))) {
      at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
    } else {
      take_escape(value);
    }
  }
  fail(begin, fmt::format("string is not closed: write {} after it, on the same line", quote));
  return std::nullopt;
}

void CssCursor::fail(size_t offset, std::string message) {
  if (!error_) error_ = SelectorError{offset, std::move(message)};
}

std::string CssCursor::quoted_here() const {
  if (at_end()) return "the end";
  return fmt::format("'{}'", text_.substr(at_, decode_utf8(text_.substr(at_)).length));
}

void append_css_identifier(std::string& out, std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool leading = i == 0 || (i == 1 && name[0] == '-');
    if ((c >= '\x01' && c <= '\x1f') || c == '\x7f' || (is_digit(c) && leading)) {
      out += fmt::format("\\{:x} ", static_cast<unsigned>(c));
    } else if (is_name(c) && !(c == '-' && name.size() == 1)) {
      out += c;
    } else {
      out += '\\';
      out += c;
    }
  }
}

void append_css_string(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if ((c >= '\x01' && c <= '\x1f') || c == '\x7f') {
      out += fmt::format("\\{:x} ", static_cast<unsigned>(c));
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

}  // namespace abm::rewrite
