// The comparison that was meant, as published generations say it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace abm::measure {

/// From one publication to the next that says otherwise. Times in Unix seconds.
struct PrimaryChange {
  int64_t at = 0;             ///< when the generation was made that says so first
  std::string before, after;  ///< "goal /demo", "outcome amount"; "": none was declared
};

struct Primary {
  std::string goal, outcome;           ///< one of them, or neither: none is declared
  int64_t since = 0;                   ///< when it was decided, as declared
  int64_t published = 0;               ///< when the first generation was made that says so
  uint64_t generation = 0;             ///< its number
  std::vector<PrimaryChange> changes;  ///< that are known of, ascending; also those to none

  [[nodiscard]] bool is_declared() const noexcept { return !goal.empty() || !outcome.empty(); }
};

/// What of it came after visits did, as sentences; `first_ms`: the first visit of the period, Unix
/// milliseconds. What was changed or declared before anybody came is nobody's concern.
[[nodiscard]] std::vector<std::string> primary_remarks(const Primary& primary, int64_t first_ms);

}  // namespace abm::measure
