// Which edits win for one visit: account side decided by an index, page side per candidate, no allocation per
// visit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/confidence.h"
#include "rules/match/visit.h"
#include "rules/program/arms.h"
#include "rules/program/program.h"

namespace abm::rules {

/// One slot's winner.
struct Winner {
  uint32_t slot = 0;
  uint32_t rule = 0;
  int32_t variant = -1;   ///< -1: the rule has none
  uint32_t rewrite = 0;   ///< index of the SlotRewrite inside the program, for render
  bool held_out = false;  ///< the rule's holdout has this account: the slot stays original
};

/// A rule that won at least one slot, in order of first slot.
struct MatchedRule {
  uint32_t rule = 0;
  int32_t variant = -1;
  bool held_out = false;
};

struct Decision {
  /// kControl: the site's control has this account (winners say what it would have had). kHoldout: every
  /// winner is held out. Else kTreated, also when nothing matched.
  Arm arm = Arm::kTreated;
  std::span<const Winner> winners;  ///< ascending by slot
  std::span<const MatchedRule> rules;
  std::span<const uint32_t> signals;  ///< rules with a signal that match, of any arm, whether or not they won
};

/// Scratch for matching, made once per worker and generation: it remembers accounts by their place in the
/// snapshot, so all accounts must come from one snapshot. Not thread-safe. Spans in a Decision are valid
/// until the next match() on the same Matcher. Memory: 200 KiB, and 80 bytes a slot, 8 a signal, 24 a defined
/// segment, a bit a rule.
class Matcher {
 public:
  /// nullptr when memory is not to be had. `program` is borrowed.
  [[nodiscard]] static std::unique_ptr<Matcher> create(const Program& program) noexcept;
  virtual ~Matcher() = default;

  /// Excluded accounts match nothing: the caller asks AccountView::excluded() first.
  [[nodiscard]] virtual Decision match(const Visit& visit) noexcept = 0;
  /// Whether any rule could have an edit or a signal for this account on some page (the account side alone).
  /// Yes as well when the first 1,024 candidates leave it open.
  [[nodiscard]] virtual bool may_match(const accounts::AccountView& account,
                                       Confidence confidence) noexcept = 0;
  /// Names of segments defined in rules that hold for the account, valid like a Decision.
  [[nodiscard]] virtual std::span<const std::string_view> defined_segments(
      const accounts::AccountView& account) noexcept = 0;
};

}  // namespace abm::rules
