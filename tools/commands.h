// All subcommands. Only main.cpp includes this, so that a new one recompiles no other.
#pragma once

#include "tools/command.h"

namespace abm::tools {

void add_agent(Command& app, Context& context);
void add_arms(Command& app, Context& context);
void add_check(Command& app, Context& context);
void add_completion(Command& app, Context& context);
void add_coverage(Command& app, Context& context);
void add_diff(Command& app, Context& context);
void add_doctor(Command& app, Context& context);
void add_engagement(Command& app, Context& context);
void add_explain(Command& app, Context& context);
void add_import(Command& app, Context& context);
void add_init(Command& app, Context& context);
void add_link(Command& app, Context& context);
void add_log(Command& app, Context& context);
void add_lookup(Command& app, Context& context);
void add_man(Command& app, Context& context);
void add_networks(Command& app, Context& context);
void add_pages(Command& app, Context& context);
void add_plan(Command& app, Context& context);
void add_preview_link(Command& app, Context& context);
void add_publish(Command& app, Context& context);
void add_render(Command& app, Context& context);
void add_report(Command& app, Context& context);
void add_review(Command& app, Context& context);
void add_rollback(Command& app, Context& context);
void add_schema(Command& app, Context& context);
void add_ship(Command& app, Context& context);
void add_signals(Command& app, Context& context);
void add_status(Command& app, Context& context);
void add_sync(Command& app, Context& context);
void add_test(Command& app, Context& context);

}  // namespace abm::tools
