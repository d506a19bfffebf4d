// Escaping of values by place.
#include "rewrite/template/escape.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "rewrite/template/byte_writers.h"

namespace abm::rewrite {
namespace {

bool is_url_place(Place place) noexcept {
  return place == Place::kUrlDoubleQuoted || place == Place::kUrlSingleQuoted;
}

/// Left out everywhere. C1 controls too: written as references, 0x80–0x9F would turn into windows-1252
/// characters.
bool is_dropped(char32_t c) noexcept {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c <= 0x9f);
}

/// Whose text it is. Braces in a value always become references: two of them, or one next to an author's,
/// could be read by a template engine that runs on the page later ("{{ }}", "${ }", "#{ }", "{% %}"). Authors
/// write what they mean.
enum class Writer : uint8_t { kAuthor, kValue };

std::string_view markup_escape(char32_t c, Place place, Writer writer) noexcept {
  switch (c) {
    case '{':
      return writer == Writer::kValue ? std::string_view("&#123;") : std::string_view();
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return place == Place::kDoubleQuoted ? std::string_view("&quot;") : std::string_view();
    case '\'':
      return place == Place::kSingleQuoted ? std::string_view("&#39;") : std::string_view();
    default:
      return {};
  }
}

template <typename Out>
void put_markup(Out& out, std::string_view value, Place place, Charset charset, Writer writer) {
  const bool references = needs_references(charset);
  size_t plain = 0;  // begin of the run that goes out as it is
  for (size_t i = 0; i < value.size();) {
    const DecodedPoint point = decode_utf8(value.substr(i));
    const bool as_is = point.valid && !is_dropped(point.value) && (point.value < 0x80 || !references) &&
                       markup_escape(point.value, place, writer).empty();
    if (!as_is) {
      out.append(value.substr(plain, i - plain));
      plain = i + point.length;
      if (!is_dropped(point.value)) {
        const std::string_view escape = markup_escape(point.value, place, writer);
        if (escape.empty()) {
          put_point(out, point.value, references);
        } else {
          out.append(escape);
        }
      }
    }
    i += point.length;
  }
  out.append(value.substr(plain));
}

/// RFC 3986 2.3.
bool is_unreserved(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

template <typename Out>
void put_url_byte(Out& out, char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  const char coded[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
  out.append(is_unreserved(c) ? std::string_view(&c, 1) : std::string_view(coded, 3));
}

template <typename Out>
void put_url_component(Out& out, std::string_view value) {
  bool only_dots = true;
  size_t dots = 0;  // leading dots, not yet written
  for (size_t i = 0; i < value.size();) {
    const DecodedPoint point = decode_utf8(value.substr(i));
    if (!is_dropped(point.value)) {
      if (only_dots && point.value == '.') {
        ++dots;
      } else {
        for (; dots > 0; --dots) out.append(".");
        only_dots = false;
        const std::string_view bytes =
            point.valid ? value.substr(i, point.length) : std::string_view("\xef\xbf\xbd");
        for (const char c : bytes) put_url_byte(out, c);
      }
    }
    i += point.length;
  }
  // A component that vanishes or is "." or ".." would rewrite the path around it, percent-encoded or not (URL
  // Standard, "double-dot URL path segment").
  if (only_dots) out.append("_");
}

template <typename Out>
void put_escaped(Out& out, std::string_view value, Place place, Charset charset) {
  if (is_url_place(place)) {
    put_url_component(out, value);
  } else {
    put_markup(out, value, place, charset, Writer::kValue);
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view value, Place place, Charset charset) {
  put_escaped(out, value, place, charset);
}

void append_literal(std::string& out, std::string_view text, Place place) {
  put_markup(out, text, place, Charset::kUtf8, Writer::kAuthor);
}

size_t escape_into(char* out, size_t capacity, std::string_view value, Place place,
                   Charset charset) noexcept {
  BoundedWriter writer(out, capacity);
  put_escaped(writer, value, place, charset);
  return writer.needed();
}

}  // namespace abm::rewrite
