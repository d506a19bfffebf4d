// A review as the page and the terminal show it: a title, key figures, and tables of text.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "measure/review/model.h"

namespace abm::measure {

inline constexpr size_t kMostReviewRows = 10;  ///< accounts or moves of a table; the rest is counted

struct ReviewTable {
  std::string title;
  std::string about;  ///< a sentence below the title; may be ""
  std::vector<std::string> columns;
  /// Columns after the first, owner and tier, that a narrow page may show below it instead.
  size_t below = 0;
  std::vector<std::vector<std::string>> rows;  ///< as many cells as columns, each of shown() words
  uint64_t more = 0;                           ///< accounts or moves that are left out
  std::string empty;                           ///< what is said without any row
};

/// "Review of 2026-W48, Monday 2026-11-23 to Sunday 2026-11-29"
[[nodiscard]] std::string review_title(const Review& review);
/// What is most asked for: a word or two, and a figure.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> review_figures(const Review& review);
/// In the order of a meeting. Tables that have nothing to say are left out, but for calls and coverage.
[[nodiscard]] std::vector<ReviewTable> review_tables(const Review& review);

}  // namespace abm::measure
