// What a visitor is to see on one page: the rules that won, their edits, and the reason if nothing comes of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "module/skip.h"
#include "rules/match/matcher.h"
#include "rules/match/render.h"

namespace abm::module {

/// What the visit line says about a rule that won a slot, about a slot, and about a signal; texts are in the
/// request's pool.
struct PlannedRule {
  std::string_view id;
  std::string_view variant;  ///< data is nullptr: the rule has none
};
struct PlannedSlot {
  std::string_view name;
  uint32_t rule = 0;  ///< index into Plan::rules
  bool held_out = false;
};
struct PlannedSignal {
  std::string_view rule, name, next;
};

/// What the rules come to for one page. It outlives the generation that it was made from: all of it is the
/// request's own except the edits, which point into the program and are valid as long as `program` holds it.
struct Plan {
  enum class Stage : uint8_t {
    kNone,
    kMatched,  ///< for a variable: arm and rules are known, nothing is rendered
    kDecided,  ///< for the page
  };
  Stage stage = Stage::kNone;
  Skip skip = Skip::kNoRule;               ///< kNone: there is something to write
  std::optional<rules::Arm> arm;           ///< none: rules do not apply (unknown, excluded, expired)
  bool by_family = false;                  ///< it was drawn with the account's family, not with its id
  std::span<const rules::Winner> winners;  ///< indexes into tables of `program`
  std::span<const PlannedSlot> slots;      ///< by winner
  std::span<const PlannedRule> rules;
  std::span<const PlannedSignal> signals;
  rewrite::Charset charset = rewrite::Charset::kUtf8;  ///< that `rendered` was made for
  rules::RenderResult rendered;
  uint64_t selectors = 0;                         ///< Live::selectors of `program`
  std::shared_ptr<const rules::Program> program;  ///< only while there is something to write

  /// Nothing will be written: lets go of the program, and says "status" where no other reason was found.
  void release_edits() noexcept {
    if (skip == Skip::kNone) skip = Skip::kStatus;
    rendered.edits = {};
    program.reset();
  }
  /// "" where there is none.
  [[nodiscard]] std::string_view arm_text() const noexcept {
    return arm ? rules::to_string(*arm) : std::string_view();
  }
};

}  // namespace abm::module
