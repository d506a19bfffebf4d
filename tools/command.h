// What a subcommand of abmctl is: one function that adds itself to the command line. A new one is a file in
// commands/, and its name in commands.h and in main.cpp's list.
#pragma once

#include "tools/command_line.h"
#include "tools/output.h"

namespace abm::tools {

/// The state of one run. Outlives all callbacks.
struct Context {
  Output out;
  Status status = Status::kOk;  ///< set by the subcommand's callback
};

}  // namespace abm::tools
