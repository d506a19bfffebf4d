// What is known of every account before it comes: its arm, the rules that may match it, and what it drew in
// each. Control plane; allocates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "accounts/snapshot.h"
#include "rules/match/account_side.h"
#include "rules/program/program.h"

namespace abm::rules {

/// A rule that may match the account on some page, at some time and confidence.
struct AssignedRule {
  uint32_t rule = 0;
  bool held_out = false;
  int32_t variant = -1;  ///< -1: the rule has none
};

struct Assignment {
  bool control = false;  ///< in the site's control group: no rule changes anything, whatever `rules` say
  std::span<const AssignedRule> rules;  ///< ascending by rule
};

/// The same index, evaluator and lots as Matcher. Not thread-safe. All accounts must come from one snapshot.
class Assigner {
 public:
  /// nullptr when out of memory. `program` is borrowed.
  [[nodiscard]] static std::unique_ptr<Assigner> create(const Program& program);

  /// Valid until the next call. A rule whose condition has more than 1,024 tests counts as one that may
  /// match. Excluded accounts match nothing: the caller asks AccountView::excluded() first.
  [[nodiscard]] Assignment assignment_of(const accounts::AccountView& account);

 private:
  explicit Assigner(const Program& program) : program_(program), t_(program.tables()), sides_(program) {}
  [[nodiscard]] bool may_match(const format::Rule& rule, const accounts::AccountView& account) const;

  const Program& program_;
  const ProgramTables& t_;
  AccountSides sides_;
  std::vector<uint32_t> candidates_;
  std::vector<AssignedRule> rules_;
};

}  // namespace abm::rules
