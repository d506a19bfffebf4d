// abmctl: the control plane's one program.
#include <csignal>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "tools/commands.h"

namespace {

constexpr void (*kCommands[])(abm::tools::Command&, abm::tools::Context&) = {
    abm::tools::add_check,    abm::tools::add_publish,      abm::tools::add_rollback,
    abm::tools::add_status,   abm::tools::add_lookup,       abm::tools::add_explain,
    abm::tools::add_render,   abm::tools::add_test,         abm::tools::add_diff,
    abm::tools::add_pages,    abm::tools::add_preview_link, abm::tools::add_link,
    abm::tools::add_schema,   abm::tools::add_completion,   abm::tools::add_man,
    abm::tools::add_init,     abm::tools::add_doctor,       abm::tools::add_ship,
    abm::tools::add_sync,     abm::tools::add_agent,        abm::tools::add_report,
    abm::tools::add_signals,  abm::tools::add_log,          abm::tools::add_coverage,
    abm::tools::add_networks, abm::tools::add_import,       abm::tools::add_arms,
    abm::tools::add_plan,     abm::tools::add_engagement,   abm::tools::add_review,
};

}  // namespace

int main(int argc, char** argv) {
  // Reaching a limit on file sizes is a failed write, like a full disk: it is reported and cleaned up.
  std::signal(SIGXFSZ, SIG_IGN);
  abm::tools::Context context;
  abm::tools::Command app("Checks, publishes and explains the accounts and rules of account-based marketing.",
                          "abmctl", "abmctl " ABM_VERSION);
  app.footer(
      "Exit status: 0 done, 1 problems were found, 2 it could not run. `abmctl COMMAND --help` shows an example.");
  for (const auto add : kCommands) add(app, context);
  // The standard library reports lack of memory by exception.
  try {
    if (const auto status = app.parse(argc, argv)) return *status;
  } catch (const std::exception& error) {
    return static_cast<int>(context.out.failure(error.what()));
  }
  context.out.clear_progress();
  return static_cast<int>(context.status);
}
