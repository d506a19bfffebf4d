// Character references (HTML 13.2.5.72–80): what "&…" stands for, in attribute values and in text.
#pragma once

#include <cstddef>
#include <string_view>

namespace abm::rewrite {

struct CharacterReference {
  size_t length = 0;  ///< bytes of input that it takes; 0: there is none, and the "&" stands for itself
  size_t size = 0;    ///< bytes in utf8
  char utf8[8] = {};
};

/// The reference at the start of `text`, which begins with "&". In attributes, a name without ";" before "="
/// or an alphanumeric is not a reference (old URLs depend on it). Text that ends inside a reference is read
/// as if the file ended there.
[[nodiscard]] CharacterReference character_reference(std::string_view text, bool in_attribute) noexcept;

}  // namespace abm::rewrite
