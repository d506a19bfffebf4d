// Keys of the index, computed the same way by compiler and matcher. The index only narrows: every candidate's
// whole condition is evaluated, so a key shared by chance costs time, never correctness.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/folding.h"
#include "base/hash.h"
#include "base/text.h"
#include "rules/ast.h"

namespace abm::rules {

/// Only this many bytes of a folded text go into a key.
inline constexpr size_t kMaxKeyText = 1024;
/// A page key uses this much of a path and this many leading folders.
inline constexpr size_t kMaxKeyPath = 256;
inline constexpr size_t kMaxKeyFolders = 8;

/// Kinds of page keys: the whole path, a host, or the first n folders ("/a/b/" is n = 2).
inline constexpr uint32_t kExactPath = 0;
inline constexpr uint32_t kHostName = 1;
[[nodiscard]] constexpr uint32_t folder_kind(size_t folders) noexcept {
  return static_cast<uint32_t>(1 + folders);
}
inline constexpr uint32_t kPageKinds = 2 + kMaxKeyFolders;

[[nodiscard]] constexpr uint64_t mix(uint64_t a, uint64_t b) noexcept {
  uint64_t x = (a ^ (b * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;
  x ^= x >> 29;
  x *= 0x94d049bb133111ebu;
  return x ^ (x >> 32);
}

/// Hash of `text`, folded.
[[nodiscard]] inline uint64_t folded_hash(std::string_view text) noexcept {
  FoldBuffer buffer;
  text = fold_beyond_ascii(text, buffer);
  std::array<char, kMaxKeyText> lower;
  const size_t size = std::min(text.size(), lower.size());
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), lower.begin(),
                 [](char c) { return ascii_lower(c); });
  return hash64({lower.data(), size});
}

/// Key of an account-side value: `value` is folded_hash of a text, or a tier's number.
[[nodiscard]] constexpr uint64_t account_side_key(Subject subject, uint64_t value) noexcept {
  return mix(value, static_cast<uint64_t>(subject) + 1);
}
[[nodiscard]] inline uint64_t attribute_key(std::string_view name, std::string_view value) noexcept {
  return mix(account_side_key(Subject::kAttribute, folded_hash(value)), hash64(name));
}

/// Key in the page table for what is filed under `posting` and a page value of that kind.
[[nodiscard]] constexpr uint64_t page_table_key(uint32_t posting, uint32_t kind, uint64_t value) noexcept {
  return mix(value + kind, posting + uint64_t{1});
}

}  // namespace abm::rules
