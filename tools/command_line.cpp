#include "tools/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <utility>

#include "tools/command_tree.h"
#include "tools/output.h"

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

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::show_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::show_default(const std::string& text) {
  option_->default_str(text);
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& choices) {
  option_->check(CLI::IsMember(choices));
  return *this;
}

Option& Option::in_range(int64_t min, int64_t max) {
  option_->check(CLI::Range(min, max));
  return *this;
}

Option& Option::positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option& Option::separated_by(char separator) {
  option_->delimiter(separator)->allow_extra_args(false);
  return *this;
}

Option& Option::repeatable() {
  option_->take_all();
  return *this;
}

Option& Option::repeatable_singly() {
  option_->take_all()->allow_extra_args(false);
  return *this;
}

Command::Command(const std::string& description, const std::string& name, const std::string& version)
    : program_(std::make_unique<CLI::App>(description, name)), app_(program_.get()) {
  app_->set_version_flag("--version", version);
  app_->require_subcommand(1);
}

Command::Command(CLI::App* app) : app_(app) {}

Command::~Command() = default;

Command* Command::add_subcommand(const std::string& name, const std::string& description) {
  subcommands_.push_back(std::unique_ptr<Command>(new Command(app_->add_subcommand(name, description))));
  return subcommands_.back().get();
}

Option Command::add_option(const std::string& names, std::string& value, const std::string& description) {
  CLI::Option* const option = app_->add_option(names, value, description);
  // A script's variable that is not set must not mean "all of them".
  if (names.starts_with('-')) {
    option->check([](const std::string& given) {
      return given.empty() ? std::string("the value is empty; leave the option out if that is meant") : "";
    });
  }
  return Option(option);
}

Option Command::add_option(const std::string& names, std::vector<std::string>& values,
                           const std::string& description) {
  return Option(app_->add_option(names, values, description));
}

Option Command::add_option(const std::string& names, int& value, const std::string& description) {
  return Option(app_->add_option(names, value, description));
}

Option Command::add_option(const std::string& names, uint16_t& value, const std::string& description) {
  return Option(app_->add_option(names, value, description));
}

Option Command::add_option(const std::string& names, uint32_t& value, const std::string& description) {
  return Option(app_->add_option(names, value, description));
}

Option Command::add_option(const std::string& names, uint64_t& value, const std::string& description) {
  return Option(app_->add_option(names, value, description));
}

Option Command::add_option(const std::string& names, std::function<void(unsigned)> take,
                           const std::string& description) {
  return Option(app_->add_option_function<unsigned>(
      names, [take = std::move(take)](unsigned value) { take(value); }, description));
}

Option Command::add_flag(const std::string& names, bool& value, const std::string& description) {
  return Option(app_->add_flag(names, value, description));
}

void Command::footer(const std::string& text) {
  app_->footer(text);
}

void Command::callback(std::function<void()> run) {
  app_->callback(std::move(run));
}

std::optional<int> Command::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : static_cast<int>(Status::kCouldNotRun);
  }
  return std::nullopt;
}

CommandText Command::text() const {
  return read_command(*app_);
}

std::string Command::version() const {
  return app_->version();
}

}  // namespace abm::tools
