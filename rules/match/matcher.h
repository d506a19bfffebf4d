// Which edits win for one visit: account side decided by an index, page side per candidate,
// no allocation per visit.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/confidence.h"
#include "rules/match/visit.h"
#include "rules/program/arms.h"
#include "rules/program/program.h"

namespace abm::rules {

/// The winner of one slot.
struct Winner {
  uint32_t slot = 0;
  uint32_t rule = 0;
  int32_t variant = -1;   ///< -1: the rule has none
  uint32_t rewrite = 0;   ///< index of the SlotRewrite inside the program, for render
  bool held_out = false;  ///< the account is in the rule's holdout: the slot stays original
};

/// A rule that won at least one slot, ordered by its first slot.
struct MatchedRule {
  uint32_t rule = 0;
  int32_t variant = -1;
  bool held_out = false;
};

struct Decision {
  /// kControl: the account is in the site's control group (winners say what it would have had). kHoldout:
  /// every winner is held out. Otherwise kTreated, even when nothing matched.
  Arm arm = Arm::kTreated;
  std::span<const Winner> winners;  ///< ascending by slot
  std::span<const MatchedRule> rules;
  std::span<const uint32_t> signals;  ///< matching rules with a signal, in any arm, whether or not they won
};

/// Scratch for matching, made once per worker and generation: it remembers accounts by their place in the
/// snapshot, so all accounts must come from one snapshot. Not thread-safe. Spans in a Decision are valid
/// until the next match() on the same Matcher. Memory: 200 KiB, plus 80 bytes per slot, 8 per signal, 24 per
/// defined segment and one bit per rule.
class Matcher {
 public:
  /// nullptr when out of memory. `program` is borrowed. may_match() leaves out rules whose schedule is over
  /// at `now`, in Unix seconds.
  [[nodiscard]] static std::unique_ptr<Matcher> create(
      const Program& program, int64_t now = std::numeric_limits<int64_t>::min()) noexcept;
  virtual ~Matcher() = default;

  /// Excluded accounts match nothing: the caller asks AccountView::excluded() first.
  [[nodiscard]] virtual Decision match(const Visit& visit) noexcept = 0;
  /// Whether any rule could have an edit or a signal for this account on some page, judged by the account
  /// side alone. Also yes when the first 1,024 candidates leave it open.
  [[nodiscard]] virtual bool may_match(const accounts::AccountView& account,
                                       Confidence confidence) noexcept = 0;
  /// Names of the segments defined in rules that hold for the account; valid as long as a Decision.
  [[nodiscard]] virtual std::span<const std::string_view> defined_segments(
      const accounts::AccountView& account) noexcept = 0;
};

}  // namespace abm::rules
