// The An+B notation of CSS Syntax 6: reads it, and tells whether an index is in it.
#pragma once

#include <cstdint>

#include "rewrite/select/css_tokens.h"
#include "rewrite/select/selector.h"

namespace abm::rewrite {

/// Reads `odd`, `even` or an+b and the blanks around it into out.a and out.b; false after an error. Stops
/// before the ')'.
[[nodiscard]] bool parse_nth(CssCursor& in, PseudoTest& out);

/// Whether a·n + b == index for some n ≥ 0. `index` is 1-based.
[[nodiscard]] constexpr bool nth_holds(int32_t a, int32_t b, uint32_t index) noexcept {
  const int64_t distance = static_cast<int64_t>(index) - b;
  if (a == 0) return distance == 0;
  return distance % a == 0 && distance / a >= 0;
}

}  // namespace abm::rewrite
