// `when:` and the conditions of `segments:`: YAML → Condition; every field, value and nesting checked.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/values.h"

namespace abm::rules {

struct ConditionScope {
  /// Inside `segments:`: only account fields, and no segment that rules define.
  bool segment_definition = false;
  const std::set<std::string>* defined_segments = nullptr;  ///< lower case, never null
  const ValueCheck* values = nullptr;                       ///< never null
};

/// std::nullopt after any error inside. `node` is the mapping; an empty one always holds.
[[nodiscard]] std::optional<Condition> read_condition(Checker& check, const yaml::Node& node,
                                                      const ConditionScope& scope);

/// Pre-order walk over every test; `negated` tells whether an odd number of `not`s enclose it.
template <typename Visit>
void for_each_test(const Condition& condition, const Visit& visit, bool negated = false) {
  if (condition.kind == Condition::Kind::kTest) visit(condition.test, negated);
  const bool inside = condition.kind == Condition::Kind::kNot ? !negated : negated;
  for (const Condition& child : condition.children) for_each_test(child, visit, inside);
}

}  // namespace abm::rules
