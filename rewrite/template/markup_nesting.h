// Markup that is balanced, but not allowed where it goes: a browser would end an element around it, move it
// or drop it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rewrite/template/markup_lint.h"

namespace abm::rewrite {

/// Elements around a place in a page, as far as they are known.
struct Surroundings {
  /// Lower-case names, outermost first; the last is the parent. "" stands for any number of elements that are
  /// not known.
  std::vector<std::string> ancestors;
};

/// What tree construction (HTML 13.2.6.4) would do to the fragment, put where `around` says, other than leave
/// it as it is written: an a in an a ends the outer one, a block ends a p, what is misplaced in a table goes
/// in front of it, rows outside of a table are dropped. Also items outside of a list, which stay, but are not
/// read out as one. Says only what follows from the elements that are known. By offset; at most 100. The
/// fragment may contain placeholders.
[[nodiscard]] std::vector<MarkupProblem> nesting_problems(std::string_view fragment,
                                                          const Surroundings& around);

}  // namespace abm::rewrite
