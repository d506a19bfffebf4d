// All subcommands. Only main.cpp includes this, so that a new one recompiles no other.
#pragma once

#include "tools/command.h"

namespace abm::tools {

void add_agent(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_diff(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_lookup(CLI::App& app, Context& context);
void add_man(CLI::App& app, Context& context);
void add_preview_link(CLI::App& app, Context& context);
void add_publish(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_rollback(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_ship(CLI::App& app, Context& context);
void add_signals(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_sync(CLI::App& app, Context& context);
void add_test(CLI::App& app, Context& context);

}  // namespace abm::tools
