// When to ask again: regularly while all is well, less and less often while it is
// not, and never all nodes at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace abm::connect {

struct BackoffInput {
  std::chrono::seconds every{30};
  uint64_t failures = 0;                            ///< in a row; 0: the last attempt succeeded
  std::optional<std::chrono::seconds> retry_after;  ///< what the server asked for
  double random = 0;                                ///< in [0, 1)
};

inline constexpr std::chrono::minutes kLongestBackoff{15};
inline constexpr std::chrono::hours kLongestRetryAfter{1};

/// After a success `every`, a tenth more or less. After n failures between half of and all of `every` doubled
/// n - 1 times, at most kLongestBackoff (or `every`, if that is longer); not before `retry_after`.
[[nodiscard]] std::chrono::milliseconds next_attempt_in(const BackoffInput& input) noexcept;

}  // namespace abm::connect
