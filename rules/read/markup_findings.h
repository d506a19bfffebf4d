// Lint findings in markup that rules insert: scripts, links that leave the site, unclosed elements.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/template/template.h"
#include "rules/ast.h"

namespace abm::rules {

struct MarkupFinding {
  size_t offset = 0;      ///< bytes into the markup
  std::string_view code;  ///< from lint_codes.h
  std::string message;
  std::string host;  ///< of a link, lower case; otherwise empty
};

/// By code, then offset. At most 20 per code.
[[nodiscard]] std::vector<MarkupFinding> find_in_markup(std::string_view markup);
/// For the value of one attribute that a rule sets; the offset is 0.
[[nodiscard]] std::vector<MarkupFinding> find_in_attribute(std::string_view name,
                                                           const rewrite::Template& value);

/// A finding inside a rules file, kept until all files are read: only then are the site's hosts known.
struct InlineFinding {
  SourceRef at;
  MarkupFinding finding;
  std::vector<std::string> silenced;
};

}  // namespace abm::rules
