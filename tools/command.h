// What a subcommand of abmctl is: one function that adds itself to the command line. A new one is a file, and
// its name in the list below and in main.cpp's.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "tools/output.h"

namespace abm::tools {

/// Of one run. Outlives all callbacks.
struct Context {
  Output out;
  Status status = Status::kOk;  ///< what the subcommand's callback leaves behind
};

void add_check(CLI::App& app, Context& context);
void add_diff(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_lookup(CLI::App& app, Context& context);
void add_preview_link(CLI::App& app, Context& context);
void add_publish(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_rollback(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_test(CLI::App& app, Context& context);

}  // namespace abm::tools
