// Reads lines of kind "seen" (module/visit.schema.json). Internal to this folder.
#pragma once

#include <string_view>

#include "measure/visits/damage.h"
#include "measure/visits/json_members.h"
#include "measure/visits/seen_line.h"

namespace abm::measure {

/// kNone: all is well. `member`: which one kMember refers to.
[[nodiscard]] Damage read_seen_line(simdjson::dom::object object, SeenLine& line, std::string_view& member);

}  // namespace abm::measure
