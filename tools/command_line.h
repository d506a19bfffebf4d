// The command line, as subcommands declare it. CLI11 does the work, in command_line.cpp only: its headers
// cost every file that includes them some ten seconds of compilation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace abm::tools {

struct CommandText;

/// An option, a flag or a positional argument. A handle: copies name the same option, which the command owns.
class Option {
 public:
  Option& required();
  /// --help shows the variable's present value as the default.
  Option& show_default();
  /// --help shows `text` as the default.
  Option& show_default(const std::string& text);
  Option& excludes(const Option& other);
  Option& needs(const Option& other);
  Option& one_of(const std::vector<std::string>& choices);
  Option& in_range(int64_t min, int64_t max);
  Option& positive();
  /// Several values in one argument, with `separator` between them; what follows is not taken.
  Option& separated_by(char separator);
  /// Each time it is given adds values.
  Option& repeatable();
  /// The same, with one value each time: what follows is not taken.
  Option& repeatable_singly();

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

/// abmctl itself, or one of its subcommands. Neither copied nor moved: options and callbacks refer to it.
class Command {
 public:
  /// The program.
  Command(const std::string& description, const std::string& name, const std::string& version);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// Owned by this command.
  Command* add_subcommand(const std::string& name, const std::string& description);

  // `names`: "-o,--output", or "page" for a positional argument. The variable must outlive parse(). An empty
  // text is refused where there is a name: else it could not be told from an option that is not given.
  Option add_option(const std::string& names, std::string& value, const std::string& description);
  Option add_option(const std::string& names, std::vector<std::string>& values,
                    const std::string& description);
  Option add_option(const std::string& names, int& value, const std::string& description);
  Option add_option(const std::string& names, uint16_t& value, const std::string& description);
  Option add_option(const std::string& names, uint32_t& value, const std::string& description);
  Option add_option(const std::string& names, uint64_t& value, const std::string& description);
  Option add_option(const std::string& names, std::function<void(unsigned)> take,
                    const std::string& description);
  Option add_flag(const std::string& names, bool& value, const std::string& description);

  /// The end of --help. What follows a line "Example:" or "Examples:" is examples.
  void footer(const std::string& text);
  /// Called once the command line has been parsed, if it names this command.
  void callback(std::function<void()> run);

  /// Parses and runs the callback of the subcommand that is named. std::nullopt when that went well, else the
  /// exit status: 0 after --help and --version, 2 after wrong usage, of which everything has been said on
  /// stderr.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);

  [[nodiscard]] CommandText text() const;
  [[nodiscard]] std::string version() const;  ///< "abmctl 0.1.0"

 private:
  explicit Command(CLI::App* app);

  std::unique_ptr<CLI::App> program_;  ///< of the program itself
  CLI::App* app_;
  std::vector<std::unique_ptr<Command>> subcommands_;
};

}  // namespace abm::tools
