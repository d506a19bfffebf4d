// abmctl agent: one process that keeps a site published.
#include <memory>

#include "tools/agent/agent_loop.h"
#include "tools/command.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct AgentOptions {
  SiteOptions site;
};

Status run(const AgentOptions& options, Context& context) {
  Agent agent(options.site, context.out);
  if (auto done = agent.run(); !done) return context.out.failure(done.message());
  return Status::kOk;
}

}  // namespace

void add_agent(Command& app, Context& context) {
  auto options = std::make_shared<AgentOptions>();
  Command* command =
      app.add_subcommand("agent", "Fetches the feed, watches the files, and publishes what changes");
  command->add_option("--site", options->site.site,
                      "site.yaml, or its folder; default: the nearest one upward");
  command->footer(
      "One process in the foreground, for systemd or any other supervisor. It needs to read what site.yaml names and\n"
      "to write the data folder, and no other rights: run it as its own user, not root.\n"
      "A changed feed, rules file, fragment, network file or site.yaml is published within a second of being saved;\n"
      "errors are reported with file, line and column, and change nothing. The feed is fetched every\n"
      "`accounts: every:`, less and less often while its server fails. `abmctl status` shows how both are doing.\n"
      "`agent: publish:` in site.yaml publishes rules on a signal only (on-signal), or when a git ref moves (on-commit).\n"
      "After abmctl rollback, rules stay as they are until a publish resumes them; the feed goes on.\n"
      "SIGHUP reads site.yaml again, fetches and publishes; SIGTERM stops. With Type=notify it tells systemd when it\n"
      "is ready, when it reloads, and which generation serves.\n"
      "Unit:\n"
      "  [Service]\n"
      "  Type=notify\n"
      "  User=abm\n"
      "  ExecStart=/usr/bin/abmctl agent --site /etc/abm/site.yaml\n"
      "  ExecReload=/bin/kill -HUP $MAINPID\n"
      "Example:\n"
      "  abmctl agent --site conf/site.yaml");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
