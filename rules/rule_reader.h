// One entry of `rules:` → Rule.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "rules/ast.h"
#include "rules/check.h"
#include "rules/conditions.h"
#include "rules/edits.h"
#include "rules/site_settings.h"

namespace abm::rules {

struct RuleContext {
  EditContext edits;
  ConditionScope conditions;
  const SiteSettings* settings = nullptr;             ///< never null
  std::map<std::string, std::string>* ids = nullptr;  ///< rule id → place, over all files; never null
};

/// std::nullopt after any error inside.
[[nodiscard]] std::optional<Rule> read_rule(Checker& check, const YamlNode& node, const RuleContext& context);

/// The codes of a `silence:` list; unknown ones are errors.
[[nodiscard]] std::vector<std::string> read_silence(Checker& check, const YamlNode& node);

}  // namespace abm::rules
