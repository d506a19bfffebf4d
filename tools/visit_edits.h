// From a decision to finished edits, and to a page with them: what render, test and diff share.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "rewrite/rewriter.h"
#include "rewrite/scan/charset.h"
#include "rules/match/matcher.h"
#include "rules/match/render.h"

namespace abm::tools {

/// The edits of the winners of one decision. Views live as long as the decision, the program and the memory.
struct VisitEdits {
  const rules::Program* program = nullptr;
  std::span<const rules::Winner> winners;  ///< none for the control group: its pages stay original
  rules::RenderResult rendered;

  /// The winner's edit; nullptr if it has none, and skip() says why.
  [[nodiscard]] const rewrite::Edit* edit(size_t winner) const noexcept;
  /// "no-value", "holdout" …: a word of the visit line; "none" where there is an edit.
  [[nodiscard]] std::string_view skip(size_t winner) const noexcept;
  [[nodiscard]] std::string_view rule(size_t winner) const noexcept;
  [[nodiscard]] std::string_view variant(size_t winner) const noexcept;  ///< "" when the rule has none
};

/// `visit.account` must be the one that the decision is for; null gives no edits. `script`: how the page is
/// delivered; nullptr: every edit is made in the HTML, whatever the rules say of its slot.
[[nodiscard]] VisitEdits render_visit(const rules::Program& program, const rules::Decision& decision,
                                      const rules::Visit& visit, rewrite::Charset charset, Arena& memory,
                                      const rules::ScriptPage* script = nullptr);

/// `page` with the edits, and what became of each.
[[nodiscard]] rewrite::RewrittenPage rewrite_with(std::string page, const VisitEdits& edits,
                                                  rewrite::Charset charset);

/// What became of the winner on a page: "applied", "missing", "skipped:REASON", as in the visit line.
[[nodiscard]] std::string outcome_text(const VisitEdits& edits, size_t winner,
                                       const rewrite::RewrittenPage& page);

}  // namespace abm::tools
