// Words of a user agent against sorted lists of names.
#include "module/user_agent.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

template <size_t N>
constexpr std::array<std::string_view, N> sorted_names(std::array<std::string_view, N> names) {
  std::sort(names.begin(), names.end());
  return names;
}

#include "module/robots.inc"

static_assert(std::adjacent_find(kRobotNames.begin(), kRobotNames.end()) == kRobotNames.end());

constexpr std::array<std::string_view, 4> kRobotEndings = {"bot", "crawler", "spider", "scraper"};

// How robots name a page about themselves: "(compatible; Example/1.0; +https://example.com/about)".
constexpr std::string_view kRobotAddress = "+http";

constexpr bool is_word_character(char c) noexcept {  // of text in lower case
  return (c >= 'a' && c <= 'z') || is_digit(c);
}

// The size of the name that begins at `text[at]` and ends with a word, 0 if none does. The range of names
// that begin like the text becomes smaller with each character: no more steps than a name is long.
size_t name_at(std::string_view text, size_t at, std::span<const std::string_view> names) noexcept {
  auto begin = names.begin();
  auto end = names.end();
  for (size_t depth = 0; begin != end; ++depth) {
    if (begin->size() == depth) {
      const bool cuts_word = at + depth < text.size() && is_word_character(text[at + depth]) &&
                             is_word_character(text[at + depth - 1]);
      if (!cuts_word) return depth;
      if (++begin == end) return 0;
    }
    if (at + depth >= text.size()) return 0;
    const char wanted = text[at + depth];
    begin = std::partition_point(begin, end, [&](std::string_view name) { return name[depth] < wanted; });
    end = std::partition_point(begin, end, [&](std::string_view name) { return name[depth] == wanted; });
  }
  return 0;
}

bool ends_like_robot(std::string_view word) noexcept {
  const bool ends = std::any_of(kRobotEndings.begin(), kRobotEndings.end(),
                                [&](std::string_view ending) { return word.ends_with(ending); });
  return ends && std::find(kNoRobots.begin(), kNoRobots.end(), word) == kNoRobots.end();
}

// Whether a comment "(linux; android 10; CUBOT NOTE S)" describes a telephone, whose maker may have named it
// anything. Robots that pass for one name themselves in a comment of their own, "(compatible; …)".
bool describes_telephone(std::string_view comment) noexcept {
  const bool is_android =
      comment.find("android") != std::string_view::npos || comment.find("; adr ") != std::string_view::npos;
  return is_android && comment.find("compatible") == std::string_view::npos;
}

// The end of the comment that begins at `text[at]`, behind its parenthesis; comments nest (RFC 9110 5.6.5).
size_t end_of_comment(std::string_view text, size_t at) noexcept {
  size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at + 1;
  }
  return at;
}

// Of `text`.
struct Part {
  size_t at = 0;
  size_t size = 0;  // 0: there is none
};

// What says that a robot sends it. `text` is a "^" and the user agent in lower case.
Part find_robot(std::string_view text, std::span<const std::string_view> more) noexcept {
  size_t comment_end = 0, telephone_end = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '(' && at >= comment_end) {
      comment_end = end_of_comment(text, at);
      if (describes_telephone(text.substr(at, comment_end - at))) telephone_end = comment_end;
    }
    if (at > 0 && !is_word_character(text[at])) {
      ++at;
      continue;
    }
    if (const size_t size = name_at(text, at, kRobotNames); size != 0) return {at, size};
    if (const size_t size = name_at(text, at, more); size != 0) return {at, size};
    const size_t begin = at++;
    if (begin == 0) continue;
    while (at < text.size() && is_word_character(text[at])) ++at;
    if (begin >= telephone_end && ends_like_robot(text.substr(begin, at - begin))) return {begin, at - begin};
  }
  const size_t address = text.find(kRobotAddress);
  return address == std::string_view::npos ? Part{} : Part{address, kRobotAddress.size()};
}

}  // namespace

std::optional<std::string_view> robot_sign(std::string_view user_agent,
                                           std::span<const std::string_view> more) noexcept {
  if (user_agent.empty()) return user_agent;
  std::array<char, 1 + kMaxUserAgentRead> lower;
  lower[0] = '^';
  const size_t size = std::min(user_agent.size(), kMaxUserAgentRead);
  std::transform(user_agent.begin(), user_agent.begin() + static_cast<ptrdiff_t>(size), lower.begin() + 1,
                 [](char c) { return ascii_lower(c); });
  Part found = find_robot({lower.data(), size + 1}, more);
  if (found.size == 0) return std::nullopt;
  // Names that must stand at the beginning have the "^" that the user agent lacks.
  if (found.at == 0) {
    --found.size;
  } else {
    --found.at;
  }
  return user_agent.substr(found.at, found.size);
}

}  // namespace abm::module
