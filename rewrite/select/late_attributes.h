// The attributes of html and body, to which later tags of these names may add (HTML 13.2.6.4.7): kept, since
// selectors have to be matched again then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/scan/token.h"

namespace abm::rewrite {

/// Of one element. Its tags are copied, into as much memory of the source as they have bytes.
class LateAttributes {
 public:
  enum class Added : uint8_t { kNothing, kSome, kLost };

  explicit LateAttributes(MemorySource memory) noexcept : memory_(memory) {}
  /// kNothing: the tag has no attribute that the element lacks. kLost, from then on: there is no memory, or
  /// it would be too much work.
  [[nodiscard]] Added add(const TagToken& tag) noexcept;
  /// From the name's end to ">" each, the earliest first.
  [[nodiscard]] std::span<const std::string_view> tags() const noexcept { return {tags_.data(), size_}; }
  [[nodiscard]] uint64_t attribute_bits() const noexcept { return bits_; }

  uint32_t child_index = 1, type_index = 1;  ///< the element's

 private:
  static constexpr size_t kMostTags = 8;
  static constexpr uint64_t kMostWork = 4 << 20;  ///< bytes looked at in search of names, for a whole page

  [[nodiscard]] bool brings_any(const TagToken& tag) noexcept;

  MemorySource memory_;
  std::array<SourceArray<char>, kMostTags> bytes_;
  std::array<std::string_view, kMostTags> tags_;
  size_t size_ = 0;
  uint64_t bits_ = 0;
  uint64_t work_ = 0;
  bool lost_ = false;
};

}  // namespace abm::rewrite
