// Every offset, count and enum of rules.bin, checked once so that nothing after has to.
#pragma once

#include <string>

#include "rules/program/program.h"

namespace abm::rules {

/// "" when everything that an accessor, the matcher or render follows stays inside its section; else what
/// does not.
[[nodiscard]] std::string check_tables(const format::Header& header, const ProgramTables& tables);

}  // namespace abm::rules
