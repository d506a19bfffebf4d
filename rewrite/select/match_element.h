// A start tag as selectors see it: the tokenizer's tag behind the interface of SelectorMatcher.
#pragma once

#include <cstddef>
#include <optional>
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

/// `token` nullptr: an implied element, without attributes.
class MatchElement final : public Element {
 public:
  MatchElement(const TagToken* token, Charset charset, ValueArena& arena) noexcept
      : token_(token), charset_(charset), arena_(arena) {
    arena.clear();
  }
  [[nodiscard]] std::optional<std::string_view> attribute(
      std::string_view lower_name) const noexcept override {
    if (token_ == nullptr) return std::nullopt;
    const std::optional<RawAttribute> found = find_attribute(token_->rest(), lower_name);
    if (!found) return std::nullopt;
    if (is_plain_value(found->value, charset_)) return found->value;
    return arena_.decode(found->value, charset_);
  }
  [[nodiscard]] uint64_t attribute_bits() const noexcept override {
    return token_ == nullptr ? 0 : token_->attribute_bits;
  }

 private:
  const TagToken* token_;
  Charset charset_;
  ValueArena& arena_;
};

}  // namespace abm::rewrite
