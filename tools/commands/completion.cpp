// abmctl completion, abmctl man: what shells and man(1) know about abmctl,
// generated from its own command line.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/file.h"
#include "tools/command.h"
#include "tools/command_tree.h"

namespace abm::tools {

void add_completion(Command& app, Context& context) {
  auto shell = std::make_shared<std::string>();
  Command* command = app.add_subcommand("completion", "Prints the completion script for a shell");
  command->add_option("shell", *shell, "the shell").required().one_of({"bash", "zsh"});
  command->footer(
      "The package installs both. For one user without it:\n"
      "Examples:\n"
      "  abmctl completion bash > ~/.local/share/bash-completion/completions/abmctl\n"
      "  abmctl completion zsh > ~/.zfunc/_abmctl");
  command->callback([shell, &app, &context] {
    const CommandText program = app.text();
    context.out.bytes(*shell == "bash" ? bash_completion(program) : zsh_completion(program));
  });
}

namespace {

struct ManOptions {
  std::string command;
  std::string folder;
};

Status write_pages(const CommandText& program, const std::string& version, const std::string& folder,
                   const Output& out) {
  const auto write = [&](const std::string& name, const std::string& page) {
    return write_file_atomically(fmt::format("{}/{}.1", folder, name), page);
  };
  auto written = write(program.name, manual_page(program, version));
  for (const CommandText& command : program.commands) {
    if (written.ok())
      written = write(program.name + "-" + command.name, manual_page(program, command, version));
  }
  return written.ok() ? Status::kOk : out.failure(written.message());
}

Status run_man(const ManOptions& options, const CommandText& program, const std::string& version,
               const Output& out) {
  if (!options.folder.empty()) return write_pages(program, version, options.folder, out);
  if (options.command.empty()) {
    out.bytes(manual_page(program, version));
    return Status::kOk;
  }
  for (const CommandText& command : program.commands) {
    if (command.name != options.command) continue;
    out.bytes(manual_page(program, command, version));
    return Status::kOk;
  }
  return out.failure(fmt::format("'{}' is not a command of abmctl", options.command));
}

}  // namespace

void add_man(Command& app, Context& context) {
  auto options = std::make_shared<ManOptions>();
  Command* command = app.add_subcommand("man", "Prints the manual page of abmctl or of one of its commands");
  command->add_option("command", options->command, "a command; default: abmctl itself");
  command->add_option("--to", options->folder, "writes the pages of all commands into this folder instead");
  command->footer(
      "Examples:\n"
      "  abmctl man publish | man -l -\n"
      "  abmctl man --to /usr/local/share/man/man1");
  command->callback([options, &app, &context] {
    context.status = run_man(*options, app.text(), app.version(), context.out);
  });
}

}  // namespace abm::tools
