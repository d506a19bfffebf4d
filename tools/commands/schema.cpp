// abmctl schema: the JSON Schemas with which editors and programs check and complete what people write.
#include <memory>
#include <string>
#include <vector>

#include "tools/command.h"
#include "tools/schemas.h"

namespace abm::tools {

void add_schema(Command& app, Context& context) {
  auto name = std::make_shared<std::string>(schemas().front().name);
  std::vector<std::string> names;
  for (const Schema& schema : schemas()) names.emplace_back(schema.name);
  Command* command = app.add_subcommand(
      "schema",
      "Prints the JSON Schema of rules, site.yaml, the account feed, tests, visit lines or reviews");
  command->add_option("what", *name, "which; default: rules").one_of(names);
  command->footer(
      "Of a feed and of a visit log, the schema describes one line. Those of visit lines and reviews are draft\n"
      "2020-12, the others are draft-07.\n"
      "Example:\n"
      "  abmctl schema > abm-rules.schema.json\n"
      "and in the first line of a rules file:\n"
      "  # yaml-language-server: $schema=abm-rules.schema.json\n"
      "Further:\n"
      "  abmctl schema site > abm-site.schema.json");
  command->callback([name, &context] {
    for (const Schema& schema : schemas()) {
      if (schema.name == *name) context.out.bytes(schema.text);
    }
  });
}

}  // namespace abm::tools
