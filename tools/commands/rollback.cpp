// abmctl rollback: an earlier generation serves again.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "generation/publish.h"
#include "tools/command.h"
#include "tools/hold_status.h"
#include "tools/inputs.h"

namespace abm::tools {
namespace {

struct RollbackOptions {
  SiteOptions site;
  uint64_t number = 0;
  bool json = false;
};

Status run(const RollbackOptions& options, Context& context) {
  const Output& out = context.out;
  auto folder = data_folder(options.site);
  if (!folder) return out.failure(folder.message());
  const auto number = generation::rollback(*folder, options.number);
  if (!number) return out.failure(number.message());
  if (options.json) {
    std::string text;
    Json json(text);
    json.begin_object().key("generation").number(*number);
    write_hold(json, *folder);
    json.end_object();
    out.line(text);
  } else {
    out.line(fmt::format("generation {} serves again", *number));
    tell_hold(out, *folder);
  }
  return Status::kOk;
}

}  // namespace

void add_rollback(Command& app, Context& context) {
  auto options = std::make_shared<RollbackOptions>();
  Command* command = app.add_subcommand("rollback", "Makes an earlier generation the current one again");
  options->site.add_to(*command);
  command->add_option("number", options->number,
                      "its number, as abmctl status lists it; default: the one before");
  command->add_flag("--json", options->json, "the result as JSON");
  command->footer(
      "The rollback holds: what is published from now on, by hand or by the agent, has the rules of that generation with\n"
      "the accounts and networks of the day. Changed rules wait until abmctl publish is told to resume. Another\n"
      "rollback goes to the one before the held one. On a mirror, nothing is fetched until abmctl sync is told so.\n"
      "Examples:\n"
      "  abmctl rollback\n"
      "  abmctl rollback --data /var/lib/abm/acme-web 41");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
