// The JSON Schema of rules files (rules/abm-rules.schema.json), built in.
#pragma once

#include <string_view>

namespace abm::tools {

extern const std::string_view kRulesSchema;

}  // namespace abm::tools
