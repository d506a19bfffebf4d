// One entry of `rules:` → Rule.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/conditions.h"
#include "rules/read/edits.h"
#include "rules/read/site_settings.h"

namespace abm::rules {

struct RuleContext {
  EditContext edits;
  ConditionScope conditions;
  const SiteSettings* settings = nullptr;             ///< never null
  std::map<std::string, std::string>* ids = nullptr;  ///< rule id → place, across all files; never null
};

/// std::nullopt after any error inside.
[[nodiscard]] std::optional<Rule> read_rule(Checker& check, const yaml::Node& node,
                                            const RuleContext& context);

/// The codes of a `silence:` list; unknown ones are errors.
[[nodiscard]] std::vector<std::string> read_silence(Checker& check, const yaml::Node& node);

}  // namespace abm::rules
