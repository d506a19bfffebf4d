// Completions for bash and zsh: both complete commands, options and fixed choices, and file names elsewhere.
#include <string>

#include <fmt/format.h>

#include "tools/command_tree.h"

namespace abm::tools {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string> command_names(const CommandText& program) {
  std::vector<std::string> names;
  for (const CommandText& command : program.commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options) {
    if (!option.positional) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

/// `text` in single quotes, for a shell.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

/// `text` for an argument specification of zsh's _arguments or _describe.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void bash_choices(std::string& out, const CommandText& command) {
  for (const OptionText& option : command.options) {
    if (option.choices.empty()) continue;
    out += fmt::format("    {}:{}) choices={} ;;\n", command.name,
                       option.positional ? "*" : joined(option.names, "|" + command.name + ":"),
                       shell_quoted(joined(option.choices)));
  }
}

std::string zsh_values(const OptionText& option) {
  return option.choices.empty() ? "_files" : fmt::format("({})", joined(option.choices));
}

void zsh_arguments(std::string& out, const CommandText& command) {
  for (const OptionText& option : command.options) {
    std::string argument;
    if (option.positional) {
      argument = fmt::format("{}:{}:{}", option.repeats ? "*" : "", zsh_text(option.names.front()),
                             zsh_values(option));
      out += " \\\n        " + shell_quoted(argument);
      continue;
    }
    for (const std::string& name : option.names) {
      argument = fmt::format("{}{}[{}]", option.repeats ? "*" : "", name, zsh_text(option.description));
      if (!option.value.empty()) argument += fmt::format(":{}:{}", option.value, zsh_values(option));
      out += " \\\n        " + shell_quoted(argument);
    }
  }
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  std::string out = fmt::format(
      "# bash completion for {0}, written by `{0} completion bash`\n"
      "_{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  local command='' options='' choices='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${{COMP_WORDS[i]}} in\n"
      "      {1}) command=${{COMP_WORDS[i]}}; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n"
      "    '') options={2} choices={3} ;;\n",
      program.name, joined(command_names(program), "|"), shell_quoted(joined(option_names(program))),
      shell_quoted(joined(command_names(program))));
  for (const CommandText& command : program.commands) {
    out += fmt::format("    {}) options={} ;;\n", command.name, shell_quoted(joined(option_names(command))));
  }
  out += "  esac\n  case $command:$previous in\n";
  for (const CommandText& command : program.commands) bash_choices(out, command);
  out += fmt::format(
      "  esac\n"
      "  # No match leaves it to bash, which completes file names.\n"
      "  case $current in\n"
      "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\") ;;\n"
      "    *) mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$current\") ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o default -F _{0} {0}\n",
      program.name);
  return out;
}

std::string zsh_completion(const CommandText& program) {
  std::string out = fmt::format(
      "#compdef {0}\n"
      "# zsh completion for {0}, written by `{0} completion zsh`\n"
      "_{0}() {{\n"
      "  local -a commands\n"
      "  commands=(\n",
      program.name);
  for (const CommandText& command : program.commands) {
    out += fmt::format("    {}\n", shell_quoted(command.name + ":" + zsh_text(command.description)));
  }
  out += "  )\n  if (( CURRENT == 2 )); then\n    _describe -t commands command commands\n    _arguments";
  zsh_arguments(out, program);
  out +=
      "\n    return\n  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n";
  for (const CommandText& command : program.commands) {
    out += fmt::format("    {})\n      _arguments", command.name);
    zsh_arguments(out, command);
    out += "\n      ;;\n";
  }
  out += fmt::format("  esac\n}}\n_{} \"$@\"\n", program.name);
  return out;
}

}  // namespace abm::tools
