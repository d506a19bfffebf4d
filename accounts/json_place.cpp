// Walks valid JSON by counting members; decodes nothing.
#include "accounts/json_place.h"

namespace abm::accounts {
namespace {

size_t skip_space(std::string_view text, size_t at) noexcept {
  const size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == text.npos ? text.size() : next;
}

size_t skip_string(std::string_view text, size_t at) noexcept {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

size_t skip_value(std::string_view text, size_t at) noexcept {
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    const size_t end = text.find_first_of(" \t\r\n,}]", at);
    return end == text.npos ? text.size() : end;
  }
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return text.size();
}

struct Member {
  JsonSpan key;
  JsonSpan value;
};

/// The `number`th member or element of the object or list that starts at `at`.
Member child(std::string_view text, size_t at, uint32_t number) noexcept {
  const bool object = at < text.size() && text[at] == '{';
  Member member;
  for (++at; at < text.size(); ++at) {
    at = skip_space(text, at);
    if (object) {
      member.key = {at, skip_string(text, at)};
      at = skip_space(text, member.key.end);  // the colon
      at = skip_space(text, at + 1);
    }
    member.value = {at, skip_value(text, at)};
    if (number-- == 0) break;
    at = skip_space(text, member.value.end);  // the comma
  }
  return member;
}

Member find(std::string_view text, JsonPath path) noexcept {
  Member found;
  const size_t start = skip_space(text, 0);
  found.value = {start, skip_value(text, start)};
  for (const uint32_t number : path) found = child(text, found.value.begin, number);
  return found;
}

}  // namespace

JsonSpan place_of_value(std::string_view text, JsonPath path) noexcept {
  return find(text, path).value;
}

JsonSpan place_of_key(std::string_view text, JsonPath path) noexcept {
  return find(text, path).key;
}

}  // namespace abm::accounts
