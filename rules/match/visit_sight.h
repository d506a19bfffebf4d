// What a program can see of the fields that visits change: so that a publication is made when a page could be
// another one, and not for each visit.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "rules/program/format.h"
#include "rules/program/program.h"

namespace abm::rules {

/// A number that conditions test is seen as its place among their bounds, one that a placeholder shows as it
/// is; pages as the tests of `visited` that they make hold. Allocates: not for the request path.
class VisitSight {
 public:
  /// `program` and its bytes must outlive it.
  explicit VisitSight(const Program& program);

  /// Every value of the field counts from now on, for somebody else than the program looks at it.
  void show(accounts::NumberField field) { numbers_[static_cast<size_t>(field)].shown = true; }

  /// Of two accounts that differ in nothing but numbers, pages, `moved`, tier, stage and play, with the same
  /// text here: every condition holds for both or for neither, whatever the page, and every placeholder shows
  /// the same. Tier, stage and play count in any case: the visit log and nginx's variables tell them.
  [[nodiscard]] std::string of(const accounts::Account& account) const;

 private:
  struct Number {
    bool shown = false;
    std::vector<int64_t> bounds;  ///< ascending: tests tell values below one from those at it or above
  };
  void see(const format::Test& test);
  [[nodiscard]] bool visited(const format::Test& test, const accounts::Account& account) const;

  const ProgramTables& tables_;
  std::array<Number, accounts::kNumberFields> numbers_;
  std::vector<const format::Test*> visited_;
  bool moved_shown_ = false;
};

}  // namespace abm::rules
