// What a subcommand of abmctl is: one function that adds itself to the command line. A new one is a file, and
// its name in commands.h and in main.cpp's list.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "tools/output.h"

namespace abm::tools {

/// The state of one run. Outlives all callbacks.
struct Context {
  Output out;
  Status status = Status::kOk;  ///< set by the subcommand's callback
};

}  // namespace abm::tools
