// What outcomes say, in sentences that anybody may quote: never more than the tests do.
#pragma once

#include <cstdint>
#include <string>

#include "measure/outcomes/outcomes.h"

namespace abm::measure {

/// The answer to one question.
struct OutcomeAnswer {
  enum class Kind : uint8_t { kEffect, kNothingShown, kLacks };
  Kind kind = Kind::kLacks;
  std::string headline;  ///< "More pipeline with personalization"
  std::string text;      ///< the sentences after it; plain text, both of them
};
/// Both as one: "More pipeline with personalization: Of …", "Not enough data to say whether …".
[[nodiscard]] std::string said(const OutcomeAnswer& answer);
[[nodiscard]] OutcomeAnswer answer_of(const Outcomes& outcomes, const QuestionResult& result);

/// "within 180 days of their first visit", "… first visit since 2026-11-01" (with --from), "within 180 days
/// of 2026-11-01".
[[nodiscard]] std::string window_text(const Outcomes& outcomes, Question question);

/// For stderr, the top of the page, and JSON: what was assumed, what is missing, what could not be matched.
/// How the exports were read is in the set's own remarks.
[[nodiscard]] std::vector<std::string> outcome_remarks(const Outcomes& outcomes);

}  // namespace abm::measure
