// Runs one condition of a program for one visit: a bounded walk over its tests, without
// recursion or allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/ast.h"
#include "rules/match/page_facts.h"
#include "rules/match/visit.h"
#include "rules/program/program.h"

namespace abm::rules {

/// Borrows all three; made for each visit.
class Evaluator {
 public:
  Evaluator(const ProgramTables& tables, const Visit& visit, PageFacts& page) noexcept
      : t_(tables), visit_(visit), page_(page) {}

  [[nodiscard]] bool test(const format::Test& test) const noexcept;
  [[nodiscard]] bool holds(format::Range tests) const noexcept { return !rejecting_test(tests).has_value(); }
  /// Whether the condition could hold on some page: page-side tests may go either way. Also true for a
  /// condition of more than kMaxTraced tests.
  [[nodiscard]] bool may_hold_on_some_page(format::Range tests) const noexcept;
  /// The test whose outcome rejected the condition (index among all tests); std::nullopt when it holds.
  [[nodiscard]] std::optional<uint32_t> rejecting_test(format::Range tests) const noexcept;
  /// The account's text for a text subject, "" if it has none; not for kTier,
  /// kSegment, kConfidence or numbers.
  [[nodiscard]] std::string_view account_text(const format::Test& test) const noexcept;
  [[nodiscard]] std::optional<int64_t> account_number(Subject subject) const noexcept;
  /// The page that makes a test of kVisited hold; of several the one visited last.
  [[nodiscard]] std::optional<accounts::VisitedPageView> visited_page(
      const format::Test& test) const noexcept;

 private:
  static constexpr size_t kMaxTraced = 1024;
  [[nodiscard]] bool among(format::Range values, std::string_view text) const noexcept;
  /// `text` is ASCII or has been through fold_beyond_ascii().
  [[nodiscard]] bool among_folded(format::Range values, std::string_view text) const noexcept;
  [[nodiscard]] bool segment(const format::Test& test) const noexcept;
  [[nodiscard]] bool number(const format::Test& test) const noexcept;
  [[nodiscard]] bool path(const format::Test& test) const noexcept;
  [[nodiscard]] bool query(const format::Test& test) const noexcept;

  const ProgramTables& t_;
  const Visit& visit_;
  PageFacts& page_;
};

}  // namespace abm::rules
