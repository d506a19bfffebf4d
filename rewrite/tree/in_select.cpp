// Tree construction: select, and select in a table (HTML 13.2.6.4.16–17 before 2025).
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// What ends a select in a table.
constexpr bool ends_select_in_table(Tag tag) {
  return tag == Tag::caption_ || tag == Tag::table_ || tag == Tag::tr_ || has_any(tag, kTableSection | kCell);
}

}  // namespace

bool TreeSimulator::leave_select() noexcept {
  const size_t at = in_scope(Tag::select_, Scope::kSelect);
  if (at == OpenElements::kNotFound) return false;
  pop_to(at);
  reset_mode();
  return true;
}

void TreeSimulator::leave_select_in_table() noexcept {
  const size_t at = in_scope(Tag::select_, Scope::kSelect);
  pop_to(at == OpenElements::kNotFound ? stack_.size() - 1 : at);
  reset_mode();
}

// Parsers written before 2025 keep only options in a select; newer ones take nearly everything. Where the two
// would build different trees nothing is matched, and where they would read different tags the page is passed
// through.
void TreeSimulator::start_in_select(const TagToken& t) noexcept {
  if (mode_ == Mode::kInSelectInTable && ends_select_in_table(t.tag)) {
    leave_select_in_table();
    return process_start(t);
  }
  switch (t.tag) {
    case Tag::option_:
      if (stack_.top().tag == Tag::option_) pop();
      return insert(t, t.tag);
    case Tag::optgroup_:
    case Tag::hr_:
      if (stack_.top().tag == Tag::option_) pop();
      if (stack_.top().tag == Tag::optgroup_) pop();
      return insert(t, t.tag, Space::kHtml, t.tag == Tag::hr_);
    case Tag::select_: {
      // It ends the select as an end tag does, and opens none. An edit that took the select's content away
      // would leave this tag to open one: the record ends as ambiguous.
      const size_t at = in_scope(Tag::select_, Scope::kSelect);
      if (at != OpenElements::kNotFound) end_record(stack_[at], true);
      leave_select();
      return;
    }
    case Tag::input_:
    case Tag::keygen_:
    case Tag::textarea_:
      if (leave_select()) return process_start(t);
      if (t.tag == Tag::textarea_) give_up(Skip::kAmbiguous);
      return;
    case Tag::script_:
    case Tag::template_:
      return start_in_head(t);
    case Tag::style_:
    case Tag::title_:
    case Tag::xmp_:
    case Tag::iframe_:
    case Tag::noembed_:
    case Tag::noframes_:
    case Tag::noscript_:
    case Tag::plaintext_:
    case Tag::svg_:
    case Tag::math_:
      return give_up(Skip::kAmbiguous);
    default:
      observer_.refused(t);
  }
}

void TreeSimulator::end_in_select(const TagToken& t) noexcept {
  if (mode_ == Mode::kInSelectInTable && ends_select_in_table(t.tag)) {
    if (in_scope(t.tag, Scope::kTable) == OpenElements::kNotFound) return;
    leave_select_in_table();
    return process_end(t);
  }
  switch (t.tag) {
    case Tag::optgroup_:
      if (stack_.top().tag == Tag::option_ && stack_.size() > 1 &&
          stack_[stack_.size() - 2].tag == Tag::optgroup_) {
        pop();
      }
      if (stack_.top().tag == Tag::optgroup_) pop();
      return;
    case Tag::option_:
      if (stack_.top().tag == Tag::option_) pop();
      return;
    case Tag::select_:
      leave_select();
      return;
    case Tag::template_:
      return end_template();
    default:
      return;
  }
}

}  // namespace abm::rewrite
