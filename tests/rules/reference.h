// The rules language decided the slow and obvious way, straight from the ruleset: what the
// matcher is compared with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "rules/ast.h"
#include "rules/match/matcher.h"
#include "rules/program/arms.h"

namespace abm::rules::reference {

/// The glob's definition, word for word. `pattern` has no redundant stars.
bool glob_matches(std::string_view pattern, std::string_view path);

struct Won {
  uint32_t slot = 0, rule = 0;
  int32_t variant = -1;
  bool held_out = false;
  friend bool operator==(const Won&, const Won&) = default;
};

struct Decided {
  Arm arm = Arm::kTreated;
  std::vector<Won> winners;
  std::vector<uint32_t> rules;  ///< in order of first slot
  std::vector<uint32_t> signals;
  std::vector<uint32_t> matched;  ///< every rule whose condition, confidence and schedule hold
  friend bool operator==(const Decided&, const Decided&) = default;
};

/// Ignores `visit.account`.
Decided decide(const Ruleset& ruleset, const accounts::Account& account, const Visit& visit);
std::vector<std::string> defined_segments(const Ruleset& ruleset, const accounts::Account& account);

}  // namespace abm::rules::reference
