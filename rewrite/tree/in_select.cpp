// Tree construction: select and its options (HTML 13.2.6.4.7 since 2025), which keep nearly everything.
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

// Parsers from before 2025 drop most tags in a select, and there an option ends earlier. The elements are
// those that today's parsers build. Where an option would end in two places, its record ends as ambiguous.

/// To be called where an older parser ends the open options and their groups, and this one does not.
void TreeSimulator::doubt_options() noexcept {
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    const OpenElement& e = stack_[i];
    if (e.tag == Tag::option_ || e.tag == Tag::optgroup_) end_record(stack_[i], true);
    if (OpenElements::bounds(e, Scope::kDefault)) return;
  }
}

void TreeSimulator::leave_select() noexcept {
  pop_to(in_scope(Tag::select_));
}

void TreeSimulator::start_select(const TagToken& t) noexcept {
  const size_t at = in_scope(Tag::select_);
  if (at != OpenElements::kNotFound) {
    // It ends the select as an end tag does, and opens none. An edit that took the select away would leave
    // this tag to open one: the record ends as ambiguous.
    end_record(stack_[at], true);
    return leave_select();
  }
  reconstruct();
  insert(t, t.tag);
  frameset_ok_ = false;
}

void TreeSimulator::start_option(const TagToken& t) noexcept {
  if (select_in_scope()) {
    implied_ends(Tag::optgroup_);
    if (in_scope(Tag::option_) != OpenElements::kNotFound) doubt_options();
  } else if (stack_.top().tag == Tag::option_) {
    pop();
  }
  reconstruct();
  insert(t, t.tag);
}

void TreeSimulator::start_optgroup(const TagToken& t) noexcept {
  if (select_in_scope()) {
    implied_ends();
    doubt_options();
  } else if (stack_.top().tag == Tag::option_) {
    pop();
  }
  reconstruct();
  insert(t, t.tag);
}

void TreeSimulator::start_hr(const TagToken& t) noexcept {
  close_p();
  if (select_in_scope()) {
    implied_ends();
    doubt_options();
  }
  frameset_ok_ = false;
  insert_void(t, t.tag);
}

void TreeSimulator::start_input(const TagToken& t) noexcept {
  if (select_in_scope()) leave_select();
  reconstruct();
  insert_void(t, t.tag);
  frameset_ok_ = frameset_ok_ && attribute_is(t.rest(), "type", "hidden");
}

void TreeSimulator::end_option(const TagToken& t) noexcept {
  const size_t before = stack_.size();
  any_other_end(t);
  if (stack_.size() == before && stack_.has(t.tag) && select_in_scope()) doubt_options();
}

}  // namespace abm::rewrite
