// Attributes: the resumable search for a tag's end, the cursor, and value decoding.
#include "rewrite/attributes.h"

#include <cstring>

#include "rewrite/character_references.h"

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

bool equals_lower(std::string_view raw, std::string_view lower_name) noexcept {
  if (raw.size() != lower_name.size()) return false;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (lower(raw[i]) != lower_name[i]) return false;
  }
  return true;
}

std::optional<RawAttribute> find_attribute(std::string_view tag, std::string_view lower_name) noexcept {
  AttributeCursor cursor(tag);
  for (RawAttribute attribute; cursor.next(attribute);) {
    if (equals_lower(attribute.name, lower_name)) return attribute;
  }
  return std::nullopt;
}

bool is_plain_value(std::string_view raw, Charset charset) noexcept {
  const bool ascii_only = charset != Charset::kUtf8 && charset != Charset::kUnlabelled;
  for (const char c : raw) {
    if (c == '&' || c == '\0' || c == '\r' || (ascii_only && (c & 0x80) != 0)) return false;
  }
  return true;
}

size_t character_length(std::string_view text, Charset charset) noexcept {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = at(0), trail = at(1);
  const auto in = [](unsigned c, unsigned low, unsigned high) { return c >= low && c <= high; };
  switch (charset) {
    case Charset::kShiftJis:
      return (in(lead, 0x81, 0x9F) || in(lead, 0xE0, 0xFC)) && (in(trail, 0x40, 0x7E) || in(trail, 0x80, 0xFC)) ? 2 : 1;
    case Charset::kGbk:
      if (!in(lead, 0x81, 0xFE)) return 1;
      if (in(trail, '0', '9') && in(at(2), 0x81, 0xFE) && in(at(3), '0', '9')) return 4;
      return in(trail, 0x40, 0x7E) || in(trail, 0x80, 0xFE) ? 2 : 1;
    case Charset::kBig5:
      return in(lead, 0x81, 0xFE) && (in(trail, 0x40, 0x7E) || in(trail, 0xA1, 0xFE)) ? 2 : 1;
    case Charset::kEuc:  // windows-949 has letters as trail bytes
      return in(lead, 0x81, 0xFE) && (in(trail, 'A', 'Z') || in(trail, 'a', 'z') || in(trail, 0x81, 0xFE)) ? 2 : 1;
    default:
      return 1;
  }
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
