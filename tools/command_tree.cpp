#include "tools/command_tree.h"

#include <algorithm>

namespace abm::tools {
namespace {

/// Calls `each` with every line of `text`, without newlines.
template <typename Each>
void for_lines(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// "TEXT:{bash,zsh}" is a TEXT with two choices.
void read_type(const std::string& type, OptionText& option) {
  const size_t colon = type.find(':');
  option.value = type.substr(0, colon);
  const size_t open = type.find('{', std::min(colon, type.size()));
  const size_t close = type.rfind('}');
  if (open == type.npos || close == type.npos || close < open) return;
  std::string_view rest(type.data() + open + 1, close - open - 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    option.choices.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

OptionText read_option(const CLI::Option& from) {
  OptionText option;
  for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
  for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
  option.positional = option.names.empty();
  if (option.positional) option.names.push_back(from.get_name(true));
  if (from.get_type_size_max() != 0) read_type(from.get_type_name(), option);
  option.description = from.get_description();
  option.default_value = from.get_default_str();
  option.required = from.get_required();
  option.repeats = from.get_items_expected_max() > 1;
  return option;
}

void read_footer(const std::string& footer, CommandText& command) {
  bool examples = false;
  for_lines(footer, [&](std::string_view line) {
    if (line == "Example:" || line == "Examples:") {
      examples = true;
    } else if (examples) {
      command.examples.emplace_back(line.starts_with("  ") ? line.substr(2) : line);
    } else {
      if (!command.remarks.empty()) command.remarks += '\n';
      command.remarks += line;
    }
  });
}

}  // namespace

CommandText read_command(const CLI::App& app) {
  CommandText command;
  command.name = app.get_name();
  command.description = app.get_description();
  read_footer(app.get_footer(), command);
  for (const CLI::Option* option : app.get_options()) command.options.push_back(read_option(*option));
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(read_command(*child));
  }
  return command;
}

}  // namespace abm::tools
