// Hashes of tag names, attribute names and attribute values, cheap enough for every tag of a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace abm::rewrite {

/// Of a tag or attribute name in ASCII lower case: from its length and at most its first and last eight
/// bytes. Compiled selector programs contain these hashes: changing the function changes their format.
[[nodiscard]] inline uint64_t name_hash(std::string_view name) noexcept {
  constexpr uint64_t kMix = 0x9e3779b97f4a7c15;
  uint64_t head = 0, tail = 0;
  if (name.size() >= 8) {
    std::memcpy(&head, name.data(), 8);
    std::memcpy(&tail, name.data() + name.size() - 8, 8);
  } else if (name.size() >= 4) {
    std::memcpy(&head, name.data(), 4);
    std::memcpy(&tail, name.data() + name.size() - 4, 4);
  } else {
    for (const char c : name) head = head << 8 | static_cast<unsigned char>(c);
  }
  uint64_t hash = (head ^ (tail << 29 | tail >> 35) ^ name.size()) * kMix;
  hash ^= hash >> 32;
  return hash * kMix;
}

/// Of an attribute value or one of its words, ASCII letters folded; `seed` stands for the attribute and the
/// kind of test.
[[nodiscard]] inline uint64_t value_hash(std::string_view value, uint64_t seed) noexcept {
  uint64_t hash = 0xcbf29ce484222325 ^ seed * 0x9e3779b97f4a7c15;
  for (const char c : value) hash = (hash ^ static_cast<unsigned char>(ascii_lower(c))) * 0x100000001b3;
  return hash ^ hash >> 31;
}

/// One of 63 bits for an attribute name in lower case, from its length, first and last letter only: that is
/// all the scanner looks at before it rules a tag out. Bit 63 is never used (see
/// SelectorMatcher::attribute_mask).
[[nodiscard]] constexpr uint64_t attribute_bit(char first, char last, size_t length) noexcept {
  const auto mixed = static_cast<uint32_t>(static_cast<unsigned char>(first)) * 5 +
                     static_cast<uint32_t>(static_cast<unsigned char>(last)) * 11 +
                     static_cast<uint32_t>(length) * 7;
  return uint64_t{1} << mixed % 63;
}
[[nodiscard]] constexpr uint64_t attribute_bit(std::string_view lower_name) noexcept {
  return lower_name.empty() ? attribute_bit('\0', '\0', 0)
                            : attribute_bit(lower_name.front(), lower_name.back(), lower_name.size());
}

}  // namespace abm::rewrite
