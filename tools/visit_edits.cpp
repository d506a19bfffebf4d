#include "tools/visit_edits.h"

#include <fmt/format.h>

namespace abm::tools {

const rewrite::Edit* VisitEdits::edit(size_t winner) const noexcept {
  const uint32_t index = rendered.ok ? rendered.edit_of_winner[winner] : rules::kNoEdit;
  return index == rules::kNoEdit ? nullptr : &rendered.edits[index];
}

std::string_view VisitEdits::skip(size_t winner) const noexcept {
  return rules::to_string(rendered.ok ? rendered.skips[winner] : rules::RenderSkip::kMemory);
}

std::string_view VisitEdits::rule(size_t winner) const noexcept {
  return program->rule(winners[winner].rule).id;
}

std::string_view VisitEdits::variant(size_t winner) const noexcept {
  const rules::Winner& of = winners[winner];
  return of.variant < 0 ? std::string_view()
                        : program->variant_id(of.rule, static_cast<uint32_t>(of.variant));
}

VisitEdits render_visit(const rules::Program& program, const rules::Decision& decision,
                        const rules::Visit& visit, rewrite::Charset charset, Arena& memory,
                        const rules::ScriptPage* script) {
  VisitEdits result;
  result.program = &program;
  if (visit.account == nullptr || decision.winners.empty() || decision.arm == rules::Arm::kControl) {
    return result;
  }
  result.winners = decision.winners;
  result.rendered = rules::render_edits({.program = &program,
                                         .account = visit.account,
                                         .path = visit.path,
                                         .charset = charset,
                                         .winners = decision.winners,
                                         .script = script,
                                         .memory = memory.source()});
  return result;
}

rewrite::RewrittenPage rewrite_with(std::string page, const VisitEdits& edits, rewrite::Charset charset) {
  rewrite::RewrittenPage result;
  if (edits.rendered.edits.empty()) {
    result.html = std::move(page);
    return result;
  }
  rewrite::RewriterOptions options;
  options.selectors = &edits.program->selectors();
  options.edits = edits.rendered.edits;
  options.charset = charset;
  return rewrite::rewrite_page(page, options);
}

std::string outcome_text(const VisitEdits& edits, size_t winner, const rewrite::RewrittenPage& page) {
  const rewrite::Edit* const edit = edits.edit(winner);
  if (edit == nullptr) return fmt::format("skipped:{}", edits.skip(winner));
  const rewrite::Outcome& outcome = page.outcomes[static_cast<size_t>(edit - edits.rendered.edits.data())];
  if (outcome.applied > 0) return "applied";
  return outcome.missing() ? "missing" : fmt::format("skipped:{}", rewrite::to_string(outcome.reason));
}

}  // namespace abm::tools
