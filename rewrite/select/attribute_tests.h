// Whether an attribute's value meets the test of an attribute selector (Selectors 4, 6.1–6.3). Nothing here
// allocates.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "rewrite/select/selector.h"

namespace abm::rewrite {

/// The words of a value, separated by HTML's ASCII whitespace.
class WordCursor {
 public:
  explicit WordCursor(std::string_view value) noexcept : rest_(value) {}
  [[nodiscard]] std::optional<std::string_view> next() noexcept;

 private:
  std::string_view rest_;
};

/// For a value that is there. kIncludes is has_word.
[[nodiscard]] bool attribute_holds(AttributeOperator op, std::string_view value, std::string_view wanted,
                                   bool ignore_case) noexcept;
/// An empty word, or one with a blank in it, is never found.
[[nodiscard]] bool has_word(std::string_view value, std::string_view wanted, bool ignore_case) noexcept;

}  // namespace abm::rewrite
