// Why each rule matches or not, for one visit: what `abmctl explain` prints. Control plane; allocates.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rules/match/matcher.h"
#include "rules/program/program.h"

namespace abm::rules {

struct RuleExplanation {
  uint32_t rule = 0;
  bool matched = false;
  /// Why not: "path: /pricing is not /solutions/**", "tier: account has one-to-many, rule wants one-to-one",
  /// "confidence: medium, rule needs high", "schedule: ended 2026-01-31T00:00:00Z".
  std::string reason;
  std::string file;  ///< of the failed condition
  uint32_t line = 0;
  bool held_out = false;
  int32_t variant = -1;
  std::vector<std::string> won;  ///< slot names
  /// Slots among those won that still stay original, and why (why_original.h).
  std::vector<std::pair<std::string, std::string>> original;
  std::vector<std::pair<std::string, std::string>> lost;  ///< slot name, "to 'deere-home': names an account"
};

/// In program order; agrees with Matcher::match (a test compares them).
[[nodiscard]] std::vector<RuleExplanation> explain(const Program& program, const Visit& visit);

}  // namespace abm::rules
