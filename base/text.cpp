#include "base/text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace abm {

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

std::string_view trimmed(std::string_view text, std::string_view blanks) noexcept {
  const size_t start = text.find_first_not_of(blanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(blanks) + 1 - start);
}

DecodedPoint decode_utf8(std::string_view bytes) noexcept {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto tail = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return i < bytes.size() && at(i) >= low && at(i) <= high;
  };
  constexpr DecodedPoint kBad{0xfffd, 1, false};
  const unsigned lead = at(0);
  if (lead < 0x80) return {lead, 1, true};
  if (lead >= 0xc2 && lead <= 0xdf) {
    if (!tail(1)) return kBad;
    return {((lead & 0x1f) << 6) | (at(1) & 0x3fu), 2, true};
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!tail(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) || !tail(2)) return kBad;
    return {((lead & 0x0f) << 12) | ((at(1) & 0x3fu) << 6) | (at(2) & 0x3fu), 3, true};
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!tail(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) || !tail(2) || !tail(3)) return kBad;
    return {((lead & 0x07) << 18) | ((at(1) & 0x3fu) << 12) | ((at(2) & 0x3fu) << 6) | (at(3) & 0x3fu), 4,
            true};
  }
  return kBad;
}

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const DecodedPoint point = decode_utf8(bytes);
    if (!point.valid) return false;
    bytes.remove_prefix(point.length);
  }
  return true;
}

size_t encode_utf8(char32_t point, char* out) noexcept {
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<char>(0xC0 | (point >> 6));
    out[1] = static_cast<char>(0x80 | (point & 63));
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (point >> 12));
    out[1] = static_cast<char>(0x80 | ((point >> 6) & 63));
    out[2] = static_cast<char>(0x80 | (point & 63));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (point >> 18));
  out[1] = static_cast<char>(0x80 | ((point >> 12) & 63));
  out[2] = static_cast<char>(0x80 | ((point >> 6) & 63));
  out[3] = static_cast<char>(0x80 | (point & 63));
  return 4;
}

void append_utf8(std::string& out, char32_t point) {
  char bytes[4];
  out.append(bytes, encode_utf8(point, bytes));
}

namespace {

/// Optimal string alignment: insert, delete, replace and swap of neighbours cost 1 each.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = ascii_lower(a[i - 1]);
      const char y = ascii_lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == ascii_lower(b[j - 2]) && y == ascii_lower(a[i - 2])) {
        now[j] = std::min(now[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

constexpr size_t kLongestCompared = 64;

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  size_t best_distance = 0;
  if (word.empty() || word.size() > kLongestCompared) return best;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestCompared) continue;
    const size_t longer = std::max(word.size(), candidate.size());
    const size_t allowed = std::max<size_t>(1, longer / 3);
    const size_t difference = longer - std::min(word.size(), candidate.size());
    if (difference > allowed || longer == 1) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance <= allowed && (!best || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const auto candidate = nearest(word, candidates);
  return candidate ? fmt::format(", did you mean '{}'?", *candidate) : std::string();
}

}  // namespace abm
