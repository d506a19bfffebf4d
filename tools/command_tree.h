// The command line as data, read from the parser itself: completions and manual pages are written from it, so
// that neither can differ from what abmctl accepts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace abm::tools {

struct OptionText {
  std::vector<std::string> names;  ///< "--json", "-h"; one name without dashes for a positional argument
  std::string value;               ///< "TEXT", "UINT"; "" for a flag
  std::vector<std::string> choices;
  std::string description;
  std::string default_value;
  bool positional = false;
  bool required = false;
  bool repeats = false;
};

struct CommandText {
  std::string name;
  std::string description;
  std::string remarks;  ///< the end of --help without the examples: lines, the last without a newline
  std::vector<std::string> examples;  ///< lines, without their indentation
  std::vector<OptionText> options;    ///< including positional arguments
  std::vector<CommandText> commands;
};

/// The text of PREFIX/share/bash-completion/completions/abmctl.
[[nodiscard]] std::string bash_completion(const CommandText& program);
/// The text of PREFIX/share/zsh/vendor-completions/_abmctl.
[[nodiscard]] std::string zsh_completion(const CommandText& program);
/// abmctl(1), or abmctl-COMMAND(1), as man(7) markup. `version` such as "abmctl 0.1.0".
[[nodiscard]] std::string manual_page(const CommandText& program, std::string_view version);
[[nodiscard]] std::string manual_page(const CommandText& program, const CommandText& command,
                                      std::string_view version);

}  // namespace abm::tools
