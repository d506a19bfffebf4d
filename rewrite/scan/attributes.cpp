// Attributes: the resumable search for a tag's end, the cursor, and value decoding.
#include "rewrite/scan/attributes.h"

#include <cstring>

#include "base/text.h"
#include "rewrite/scan/character_references.h"

namespace abm::rewrite {

size_t TagEndFinder::feed(std::string_view bytes, bool& found) noexcept {
  found = false;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p != end) {
    const uint8_t c = byte_class(*p);
    if (state_ == State::kDouble || state_ == State::kSingle) {
      p = Search::byte(p, end, state_ == State::kDouble ? '"' : '\'');
      if (p == end) break;
      ++p;
      state_ = State::kBefore;
      continue;
    }
    if ((c & kGreaterByte) != 0) {
      found = true;
      return static_cast<size_t>(p + 1 - bytes.data());
    }
    const bool space = (c & kSpaceByte) != 0, slash = (c & kSlashByte) != 0, equals = (c & kEqualsByte) != 0;
    switch (state_) {
      case State::kName:
        if (space || slash) state_ = State::kBefore;
        break;
      case State::kBefore:
        if (!space && !slash) state_ = State::kAttributeName;
        break;
      case State::kAttributeName:
      case State::kAfterName:
        if (space) {
          state_ = State::kAfterName;
        } else if (slash) {
          state_ = State::kBefore;
        } else {
          state_ = equals ? State::kBeforeValue : State::kAttributeName;
        }
        break;
      case State::kBeforeValue:
        if (*p == '"') {
          state_ = State::kDouble;
        } else if (*p == '\'') {
          state_ = State::kSingle;
        } else if (!space) {
          state_ = State::kUnquoted;
        }
        break;
      case State::kUnquoted:
        if (space) state_ = State::kBefore;
        break;
      case State::kDouble:
      case State::kSingle:
        break;
    }
    ++p;
  }
  return bytes.size();
}

bool AttributeCursor::next(RawAttribute& attribute) noexcept {
  const char* p = p_;
  while (p != end_ && (byte_class(*p) & (kSpaceByte | kSlashByte)) != 0) ++p;
  if (p == end_ || *p == '>') {
    p_ = p;
    return false;
  }
  const char* name = p;
  p = Search::attribute_name_end(p + 1, end_);
  attribute.name = {name, static_cast<size_t>(p - name)};
  attribute.value = {};
  const char* last = p;
  while (p != end_ && is_space(*p)) ++p;
  if (p != end_ && *p == '=') {
    ++p;
    while (p != end_ && is_space(*p)) ++p;
    if (p != end_ && (*p == '"' || *p == '\'')) {
      const char* close = Search::byte(p + 1, end_, *p);
      attribute.value = {p + 1, static_cast<size_t>(close - p - 1)};
      p = close == end_ ? end_ : close + 1;
    } else {
      const char* close = p == end_ || *p == '>' ? p : Search::unquoted_end(p, end_);
      attribute.value = {p, static_cast<size_t>(close - p)};
      p = close;
    }
    last = p;
  }
  attribute.whole = {name, static_cast<size_t>(last - name)};
  p_ = p;
  return true;
}

std::optional<RawAttribute> find_attribute(std::string_view tag, std::string_view lower_name) noexcept {
  AttributeCursor cursor(tag);
  for (RawAttribute attribute; cursor.next(attribute);) {
    if (equals_ignoring_case(attribute.name, lower_name)) return attribute;
  }
  return std::nullopt;
}

bool attribute_is(std::string_view tag, std::string_view lower_name, std::string_view keyword) noexcept {
  const std::optional<RawAttribute> found = find_attribute(tag, lower_name);
  if (!found) return false;
  const std::string_view raw = found->value;
  const auto take = [&keyword](std::string_view text) {
    if (text.size() > keyword.size() || !equals_ignoring_case(text, keyword.substr(0, text.size())))
      return false;
    keyword.remove_prefix(text.size());
    return true;
  };
  for (size_t i = 0; i < raw.size();) {
    CharacterReference reference;
    if (raw[i] == '&') reference = character_reference(raw.substr(i), true);
    const bool resolved = reference.length != 0;
    if (!take(resolved ? std::string_view(reference.utf8, reference.size) : raw.substr(i, 1))) return false;
    i += resolved ? reference.length : 1;
  }
  return keyword.empty();
}

bool is_plain_value(std::string_view raw, Charset charset) noexcept {
  const bool ascii_only = charset != Charset::kUtf8 && charset != Charset::kUnlabelled;
  for (const char c : raw) {
    if (c == '&' || c == '\0' || c == '\r' || (ascii_only && (c & 0x80) != 0)) return false;
  }
  return true;
}

bool is_lead_byte(char c, Charset charset) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  if (charset == Charset::kShiftJis) return (byte >= 0x81 && byte <= 0x9F) || (byte >= 0xE0 && byte <= 0xFC);
  return is_double_byte(charset) && byte >= 0x81 && byte <= 0xFE;
}

bool is_trail_byte(char c, Charset charset) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  const auto in = [byte](unsigned low, unsigned high) { return byte >= low && byte <= high; };
  switch (charset) {
    case Charset::kShiftJis:
      return in(0x40, 0x7E) || in(0x80, 0xFC);
    case Charset::kGbk:
      return in(0x40, 0x7E) || in(0x80, 0xFE);
    case Charset::kBig5:
      return in(0x40, 0x7E) || in(0xA1, 0xFE);
    case Charset::kEuc:
      return in('A', 'Z') || in('a', 'z') || in(0x81, 0xFE);  // letters: windows-949
    default:
      return false;
  }
}

size_t character_length(std::string_view text, Charset charset) noexcept {
  if (text.size() < 2 || !is_lead_byte(text[0], charset)) return 1;
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (charset == Charset::kGbk && text.size() >= 4 && digit(1) && is_lead_byte(text[2], charset) && digit(3))
    return 4;
  return is_trail_byte(text[1], charset) ? 2 : 1;
}

size_t decode_value(std::string_view raw, Charset charset, char* out) noexcept {
  const bool ascii_only = charset != Charset::kUtf8 && charset != Charset::kUnlabelled;
  char* o = out;
  for (size_t i = 0; i < raw.size();) {
    const char c = raw[i];
    if (c == '&') {
      const CharacterReference reference = character_reference(raw.substr(i), true);
      if (reference.length != 0) {
        std::memcpy(o, reference.utf8, reference.size);
        o += reference.size;
        i += reference.length;
        continue;
      }
    } else if (c == '\r') {
      *o++ = '\n';
      i += i + 1 < raw.size() && raw[i + 1] == '\n' ? 2 : 1;
      continue;
    } else if (c == '\0' || (ascii_only && (c & 0x80) != 0)) {
      i += c == '\0' ? 1 : character_length(raw.substr(i), charset);
      o += encode_utf8(0xFFFD, o);
      continue;
    }
    *o++ = c;
    ++i;
  }
  return static_cast<size_t>(o - out);
}

}  // namespace abm::rewrite
