// What a subcommand of abmctl is: one function that adds itself to the command line. A new one is a file in
// commands/, and its name in commands.h and in main.cpp's list.
#pragma once

#include "tools/command_line.h"
#include "tools/output.h"

namespace abm::tools {

/// Of one run. Outlives all callbacks.
struct Context {
  Output out;
  Status status = Status::kOk;  ///< what the subcommand's callback leaves behind
};

}  // namespace abm::tools
