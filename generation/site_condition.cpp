#include "generation/site_condition.h"

#include <set>

#include "rules/read/checker.h"
#include "rules/read/conditions.h"
#include "rules/read/values.h"

namespace abm::generation {

std::optional<rules::Condition> read_account_condition(const yaml::Node& node, const std::string& file,
                                                       const yaml::SourceText& text,
                                                       Diagnostics& diagnostics) {
  rules::RulesFile as_rules;
  as_rules.name = file;
  as_rules.text = text;
  rules::Checker check(as_rules, diagnostics);
  const std::set<std::string> no_segments;
  const rules::ValueCheck any_value(nullptr, no_segments);
  return rules::read_condition(
      check, node, {.segment_definition = true, .defined_segments = &no_segments, .values = &any_value});
}

}  // namespace abm::generation
