// Where the placeholders of a markup template are, by scanning the markup as a browser would.
#pragma once

#include <string_view>
#include <vector>

#include "rewrite/template/placeholders.h"

namespace abm::rewrite {

/// Sets `place` of every placeholder among `pieces` (of `source`); reports those that are where no escaping
/// is safe.
void find_places(std::string_view source, std::vector<SourcePiece>& pieces,
                 std::vector<TemplateError>& errors);

}  // namespace abm::rewrite
