// Where the placeholders of a markup template stand, by scanning the markup as a browser would.
#pragma once

#include <string_view>
#include <vector>

#include "rewrite/template/placeholders.h"

namespace abm::rewrite {

/// Sets `place` of every placeholder among `pieces` (of `source`); reports those that stand where no escaping
/// holds.
void find_places(std::string_view source, std::vector<SourcePiece>& pieces,
                 std::vector<TemplateError>& errors);

}  // namespace abm::rewrite
