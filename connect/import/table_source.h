// A table of one source → records, with a note for each value that was changed or left out.
#pragma once

#include <string_view>

#include "base/result.h"
#include "connect/import/source_context.h"
#include "connect/import/source_file.h"

namespace abm::connect {

/// The first column of a table that was kept from an earlier reading: its cells are lines of the original,
/// and its header names whose export it was: "abm:line hubspot".
inline constexpr std::string_view kKeptColumn = "abm:line";

/// The error says why the source cannot be used as a whole; what came before may have been taken.
[[nodiscard]] Result<void> read_table_source(const OpenSource& open, const SourceContext& context);

}  // namespace abm::connect
