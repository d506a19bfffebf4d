#include "rules/lint/lint_input.h"

#include <algorithm>
#include <utility>

namespace abm::rules {

const RulesFile& file_of(const LintInput& input, SourceRef at) noexcept {
  return *(*input.files)[at.file];
}

void warn(const LintInput& input, Diagnostics& diagnostics, SourceRef at, std::string_view code,
          const std::vector<std::string>& silenced, std::string message) {
  if (std::find(silenced.begin(), silenced.end(), code) != silenced.end()) return;
  const RulesFile& where = file_of(input, at);
  diagnostics.warning(where.name, at.at, std::string(code), std::move(message),
                      std::string(where.text.line(at.at.line)));
}

}  // namespace abm::rules
