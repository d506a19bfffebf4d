// Lint findings in markup that rules insert: scripts, links that leave the site, unclosed elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/select/selector.h"
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

/// Where an edit puts markup: into the elements of its slot, or beside them.
enum class Insertion : uint8_t { kInside, kBeside };
/// What a browser would move, drop, or let end an element around it, as far as the slot's selector says what
/// is around. At most 20.
[[nodiscard]] std::vector<MarkupFinding> find_misplaced(std::string_view markup,
                                                        const rewrite::SelectorList& slot, Insertion where);

/// A finding inside a rules file, kept until all files are read: only then are the site's hosts known.
struct InlineFinding {
  SourceRef at;
  MarkupFinding finding;
  std::vector<std::string> silenced;
};

}  // namespace abm::rules
