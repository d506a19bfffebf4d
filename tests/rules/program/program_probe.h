// Does everything with a program that a worker or a tool would: what a damaged file must survive.
#pragma once

#include <cstddef>
#include <string>

#include "accounts/snapshot.h"
#include "rules/program/program.h"

namespace abm::rules {

/// Corrects the size and hash of a damaged file, so that the checks after the hash are reached.
void reseal(std::string& bytes);

/// Reads, matches, renders and explains; the result only keeps it from being optimized away.
size_t use_all(const Program& program, const accounts::Snapshot& accounts);

}  // namespace abm::rules
