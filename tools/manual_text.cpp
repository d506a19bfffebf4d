// Manual pages in man(7) markup.
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/command_tree.h"

namespace abm::tools {
namespace {

/// `text` so that roff shows it unchanged: no request at a line's start, hyphens that can be copied.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string head(std::string_view page, std::string_view version) {
  return fmt::format(".TH {} 1 \"\" \"{}\" \"Account-based marketing in nginx\"\n", roff(upper(page)),
                     roff(version));
}

/// The text of the name section begins in lower case and ends without a full stop.
std::string summary(std::string_view description) {
  std::string out(description);
  if (!out.empty()) out[0] = ascii_lower(out[0]);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::string option_term(const OptionText& option) {
  std::string term;
  for (const std::string& name : option.names) {
    if (!term.empty()) term += ", ";
    term += option.positional ? fmt::format("\\fI{}\\fR", roff(upper(name)))
                              : fmt::format("\\fB{}\\fR", roff(name));
  }
  if (!option.positional && !option.value.empty()) term += fmt::format(" \\fI{}\\fR", roff(option.value));
  return term + (option.repeats ? " ..." : "");
}

void write_options(std::string& out, const CommandText& command, bool positional) {
  bool any = false;
  for (const OptionText& option : command.options) {
    if (option.positional != positional) continue;
    if (!any) out += positional ? ".SH ARGUMENTS\n" : ".SH OPTIONS\n";
    any = true;
    out += fmt::format(".TP\n{}\n{}", option_term(option), roff(option.description));
    if (!option.choices.empty()) {
      out += " (one of:";
      for (const std::string& choice : option.choices) out += " " + roff(choice);
      out += ")";
    }
    if (!option.default_value.empty()) out += fmt::format(" (default: {})", roff(option.default_value));
    if (option.required) out += " (required)";
    out += '\n';
  }
}

void write_remarks(std::string& out, const CommandText& command) {
  out += fmt::format(
      ".SH DESCRIPTION\n{}.\n",
      roff(command.description.ends_with('.') ? command.description.substr(0, command.description.size() - 1)
                                              : command.description));
  if (!command.remarks.empty()) out += fmt::format(".PP\n{}\n", roff(command.remarks));
}

void write_examples(std::string& out, const CommandText& command) {
  if (command.examples.empty()) return;
  out += ".SH EXAMPLES\n.EX\n";
  for (const std::string& line : command.examples) out += roff(line) + "\n";
  out += ".EE\n";
}

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    "0 when it did what was asked, 1 when it ran and found problems, 2 when it could not run.\n";

}  // namespace

std::string manual_page(const CommandText& program, std::string_view version) {
  std::string out = head(program.name, version);
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(program.name), roff(summary(program.description)));
  out += fmt::format(".SH SYNOPSIS\n\\fB{}\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR ...]\n", roff(program.name));
  write_remarks(out, program);
  out += ".SH COMMANDS\n";
  for (const CommandText& command : program.commands) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}.\nSee \\fB{}\\-{}\\fR(1).\n", roff(command.name),
                       roff(command.description), roff(program.name), roff(command.name));
  }
  write_options(out, program, false);
  out += kExitStatus;
  return out;
}

std::string manual_page(const CommandText& program, const CommandText& command, std::string_view version) {
  const std::string page = program.name + "-" + command.name;
  std::string out = head(page, version);
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(page), roff(summary(command.description)));
  out +=
      fmt::format(".SH SYNOPSIS\n\\fB{} {}\\fR [\\fIOPTION\\fR ...]", roff(program.name), roff(command.name));
  for (const OptionText& option : command.options) {
    if (option.positional) out += " " + option_term(option);
  }
  out += '\n';
  write_remarks(out, command);
  write_options(out, command, true);
  write_options(out, command, false);
  write_examples(out, command);
  out += kExitStatus;
  out += fmt::format(".SH SEE ALSO\n\\fB{}\\fR(1)\n", roff(program.name));
  return out;
}

}  // namespace abm::tools
