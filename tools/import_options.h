// Sources as a command line names them: "FILE", "KIND:FILE".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generation/account_sources.h"

namespace abm::tools {

/// "hubspot:companies.csv"; without a kind, the header tells whose export it is.
[[nodiscard]] Result<generation::AccountSource> source_from_text(const std::string& text);
/// "employees=Number of Employees"
[[nodiscard]] Result<generation::ColumnChoice> choice_from_text(const std::string& text);

}  // namespace abm::tools
