// The standard's steps, in its order.
#include "rewrite/scan/mime_type.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kHttpBlanks = " \t\r\n";
constexpr std::string_view kTooLong = "too-long";  // is no label of any encoding

// RFC 9110 5.6.2. A table, since every answer's type is read.
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  return table;
}();
bool is_mime_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

// "HTTP quoted-string token code points".
bool may_be_quoted(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

std::string_view without_trailing_blanks(std::string_view text) noexcept {
  const size_t last = text.find_last_not_of(kHttpBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Takes what stands before the first of one or two `ends`, or all, from the front of `rest`.
std::string_view take_until(std::string_view& rest, std::string_view ends) noexcept {
  size_t size = 0;
  while (size < rest.size() && rest[size] != ends.front() && rest[size] != ends.back()) ++size;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(taken.size());
  return taken;
}

struct QuotedValue {
  std::string_view text;   ///< in `room`, or kTooLong
  bool is_allowed = true;  ///< consists of code points that a value may have
};

// "Collect an HTTP quoted string" (Fetch standard, 2.2): `rest` begins with the quote. A missing end is none.
QuotedValue take_quoted(std::string_view& rest, std::span<char, kMaxMimeCharset> room) noexcept {
  QuotedValue value;
  size_t size = 0;
  size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value.is_allowed = value.is_allowed && may_be_quoted(rest.substr(at, 1));
    if (size < room.size()) room[size] = rest[at];
    ++size;
  }
  rest.remove_prefix(std::min(rest.size(), at + 1));
  value.text = size <= room.size() ? std::string_view(room.data(), size) : kTooLong;
  return value;
}

}  // namespace

std::optional<MimeType> parse_mime_type(std::string_view text,
                                        std::span<char, kMaxMimeCharset> charset) noexcept {
  std::string_view rest = trimmed(text, kHttpBlanks);
  MimeType mime;
  const std::string_view whole = rest;
  const std::string_view type = take_until(rest, "/");
  if (!is_mime_token(type) || rest.empty()) return std::nullopt;
  rest.remove_prefix(1);
  const std::string_view subtype = without_trailing_blanks(take_until(rest, ";"));
  if (!is_mime_token(subtype)) return std::nullopt;
  mime.essence = whole.substr(0, type.size() + 1 + subtype.size());
  while (!rest.empty() && mime.charset.data() == nullptr) {
    rest.remove_prefix(1);
    const size_t begin = rest.find_first_not_of(kHttpBlanks);
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin);
    const std::string_view name = take_until(rest, ";=");
    if (rest.empty()) break;
    if (rest.front() == ';') continue;
    rest.remove_prefix(1);
    if (rest.empty()) break;
    const bool is_charset = equals_ignoring_case(name, "charset");
    if (rest.front() == '"') {
      const QuotedValue value = take_quoted(rest, charset);
      take_until(rest, ";");
      if (is_charset && value.is_allowed) mime.charset = value.text;
      continue;
    }
    const std::string_view value = without_trailing_blanks(take_until(rest, ";"));
    if (is_charset && !value.empty() && may_be_quoted(value)) mime.charset = value;
  }
  return mime;
}

bool is_xml_type(std::string_view essence) noexcept {
  constexpr std::string_view kSuffix = "+xml";
  const bool has_suffix = essence.size() > kSuffix.size() &&
                          equals_ignoring_case(essence.substr(essence.size() - kSuffix.size()), kSuffix);
  return has_suffix || equals_ignoring_case(essence, "text/xml") ||
         equals_ignoring_case(essence, "application/xml");
}

Charset charset_of_parameter(std::string_view value) noexcept {
  const std::string_view label = trimmed(value, " \t\n\f\r");
  const bool has_quotes = label.find_first_of("\"'") != std::string_view::npos;
  return has_quotes ? Charset::kUnsupported : charset_from_label(label);
}

}  // namespace abm::rewrite
