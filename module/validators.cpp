// Weak entity tags.
#include "module/validators.h"

#include <algorithm>

#include "base/hash.h"

namespace abm::module {
namespace {

// Changes when the same page and edits would give other bytes than before.
constexpr uint64_t kRewriterVersion = 1;

// The opaque part: W/"x" and "x" compare equal.
std::string_view opaque(std::string_view tag) noexcept {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

std::string_view make_etag(std::string_view origin_etag, uint64_t edits_hash,
                           std::span<char, kEtagSize> out) noexcept {
  const uint64_t parts[3] = {hash64(opaque(origin_etag)), edits_hash, kRewriterVersion};
  const uint64_t hash = hash64({reinterpret_cast<const char*>(parts), sizeof parts});
  constexpr std::string_view kPrefix = "W/\"abm-";
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* next = std::copy(kPrefix.begin(), kPrefix.end(), out.data());
  for (int shift = 60; shift >= 0; shift -= 4) *next++ = kDigits[(hash >> shift) & 15];
  *next = '"';
  return {out.data(), out.size()};
}

bool matches_etag(std::string_view list, std::string_view etag) noexcept {
  const std::string_view wanted = opaque(etag);
  while (!list.empty()) {
    const size_t start = list.find_first_not_of(" \t,");
    if (start == std::string_view::npos) return false;
    list.remove_prefix(start);
    if (list.front() == '*') return true;
    std::string_view tag = opaque(list);
    if (!tag.starts_with('"')) return false;  // not a list of entity tags: it names nothing
    const size_t close = tag.find('"', 1);
    if (close == std::string_view::npos) return false;
    if (tag.substr(0, close + 1) == wanted) return true;
    list = tag.substr(close + 1);
  }
  return false;
}

}  // namespace abm::module
