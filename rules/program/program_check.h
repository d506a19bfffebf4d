// Every offset, count and enum of rules.bin, checked once so that no later code has to.
#pragma once

#include <string>

#include "rules/program/format.h"
#include "rules/program/program_tables.h"

namespace abm::rules {

/// "" if everything that an accessor, the matcher or the renderer follows stays inside its section;
/// otherwise what does not.
[[nodiscard]] std::string check_tables(const format::Header& header, const ProgramTables& tables);

}  // namespace abm::rules
