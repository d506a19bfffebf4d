// A start tag as selectors see it: the tokenizer's tag behind the interface of SelectorMatcher.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/scan/token.h"
#include "rewrite/select/selector_set.h"

namespace abm::rewrite {

/// Room for the decoded attribute values of one tag. Memory is taken from the source when a value first needs
/// decoding.
class ValueArena {
 public:
  ValueArena(MemorySource memory, size_t max_tag) noexcept
      : memory_(memory), capacity_(decoded_capacity(max_tag)) {}

  void clear() noexcept { used_ = 0; }
  /// The decoded value, valid until clear(); nullopt when there is no memory.
  [[nodiscard]] std::optional<std::string_view> decode(std::string_view raw, Charset charset) noexcept {
    if (bytes_ == nullptr) bytes_ = get_array<char>(memory_, capacity_);
    if (bytes_ == nullptr || capacity_ - used_ < decoded_capacity(raw.size())) return std::nullopt;
    char* const out = bytes_.get() + used_;
    const size_t size = decode_value(raw, charset, out);
    used_ += size;
    return std::string_view(out, size);
  }

 private:
  MemorySource memory_;
  size_t capacity_;
  size_t used_ = 0;
  SourceArray<char> bytes_;
};

class MatchElement final : public Element {
 public:
  /// `token` nullptr: an implied element, without attributes.
  MatchElement(const TagToken* token, Charset charset, ValueArena& arena) noexcept
      : charset_(charset), arena_(arena) {
    arena.clear();
    if (token == nullptr) return;
    own_ = token->rest();
    tags_ = {&own_, 1};
    bits_ = token->attribute_bits;
  }
  /// An element whose attributes come from several tags (each from its name's end to ">"): the first one that
  /// has an attribute counts.
  MatchElement(std::span<const std::string_view> tags, uint64_t attribute_bits, Charset charset,
               ValueArena& arena) noexcept
      : tags_(tags), bits_(attribute_bits), charset_(charset), arena_(arena) {
    arena.clear();
  }
  MatchElement(const MatchElement&) = delete;
  MatchElement& operator=(const MatchElement&) = delete;

  [[nodiscard]] std::optional<std::string_view> attribute(
      std::string_view lower_name) const noexcept override {
    for (const std::string_view tag : tags_) {
      const std::optional<RawAttribute> found = find_attribute(tag, lower_name);
      if (!found) continue;
      if (is_plain_value(found->value, charset_)) return found->value;
      return arena_.decode(found->value, charset_);
    }
    return std::nullopt;
  }
  [[nodiscard]] uint64_t attribute_bits() const noexcept override { return bits_; }

 private:
  std::string_view own_;
  std::span<const std::string_view> tags_;
  uint64_t bits_ = 0;
  Charset charset_;
  ValueArena& arena_;
};

}  // namespace abm::rewrite
