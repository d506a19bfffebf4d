// abmctl schema: the JSON Schema with which editors check and complete rules files.
#include "tools/command.h"
#include "tools/rules_schema.h"

namespace abm::tools {

void add_schema(Command& app, Context& context) {
  Command* command =
      app.add_subcommand("schema", "Prints the JSON Schema (draft-07) of rules files, for editors");
  command->footer(
      "Example:\n"
      "  abmctl schema > abm-rules.schema.json\n"
      "and in the first line of a rules file:\n"
      "  # yaml-language-server: $schema=abm-rules.schema.json");
  command->callback([&context] { context.out.bytes(kRulesSchema); });
}

}  // namespace abm::tools
