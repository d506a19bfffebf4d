// Tree construction: end tags "in body" (HTML 13.2.6.4.7), and what closes elements by scope.
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

void TreeSimulator::implied_ends(Tag except, TagFlags which) noexcept {
  while ((stack_.top().traits & which) != 0 && (except == Tag::kNone_ || stack_.top().tag != except)) {
    if (stack_.size() == 1) return;
    pop();
  }
}

bool TreeSimulator::close(Tag tag, Scope scope, Tag except) noexcept {
  const size_t at = in_scope(tag, scope);
  if (at == OpenElements::kNotFound) return false;
  implied_ends(except);
  pop_to(at);
  return true;
}

void TreeSimulator::close_p() noexcept {
  if (stack_.has(Tag::p_)) close(Tag::p_, Scope::kButton, Tag::p_);
}

void TreeSimulator::end_in_body(const TagToken& t) noexcept {
  const TagFlags flags = flags_of(t.tag);
  if (stack_.top().key == t.key && (flags & (kFormatting | kScope | kOwnEnd)) == 0)
    return pop();  // by far the most common case: the element on top ends
  if ((flags & kFormatting) != 0) return end_formatting(t);
  switch (t.tag) {
    case Tag::template_:
      return end_template();
    case Tag::body_:
      return end_body();
    case Tag::html_:
      return end_html(t);
    case Tag::form_:
      return end_form();
    case Tag::p_:
      return end_p();
    case Tag::li_:
      close(t.tag, Scope::kListItem, t.tag);
      return;
    case Tag::dd_:
    case Tag::dt_:
      close(t.tag, Scope::kDefault, t.tag);
      return;
    case Tag::applet_:
    case Tag::marquee_:
    case Tag::object_:
      if (close(t.tag)) formatting_.clear_to_marker();
      return;
    case Tag::br_:
      return end_br();
    case Tag::optgroup_:
    case Tag::option_:
      return end_option(t);
    default:
      break;
  }
  if ((flags & kHeading) != 0) return end_heading();
  if ((flags & (kBlock | kContainer)) != 0 && (flags & kTablePart) == 0) {
    close(t.tag);
    return;
  }
  any_other_end(t);
}

void TreeSimulator::any_other_end(const TagToken& t) noexcept {
  if (!stack_.may_have(t.tag, t.key)) return;
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    const OpenElement& e = stack_[i];
    if (e.space == Space::kHtml && e.key == t.key) {
      implied_ends(t.tag != Tag::kNone_ ? t.tag : Tag::kCount_);
      return pop_to(i);
    }
    if ((e.traits & kSpecial) != 0) return;
  }
}

void TreeSimulator::end_body() noexcept {
  if (in_scope(Tag::body_) == OpenElements::kNotFound) return;
  mode_ = Mode::kAfterBody;
  body_end_ = at_;
  if (!has_body() || stack_[1].record == kNoRecord) return;
  for (size_t i = stack_.size(); i-- > 2; ++steps_) ended_.add(stack_[i].tag, stack_[i].traits);
  end_record(stack_[1], false);
}

void TreeSimulator::end_html(const TagToken& t) noexcept {
  if (in_scope(Tag::body_) == OpenElements::kNotFound) return;
  mode_ = Mode::kAfterBody;
  body_end_ = at_;
  by_mode_end(t);
}

void TreeSimulator::end_html_after_body() noexcept {
  mode_ = Mode::kAfterAfterBody;
  if (has_body()) end_record(stack_[1], false);
  if (stack_.size() > 0) end_record(stack_[0], false);
}

void TreeSimulator::end_form() noexcept {
  if (stack_.has(Tag::template_)) {
    close(Tag::form_);
    return;
  }
  const uint32_t serial = form_serial_;
  form_serial_ = 0;
  if (serial == 0 || !stack_.has(Tag::form_)) return;
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    if (stack_[i].serial == serial) {
      implied_ends();
      return remove_from_middle(i);
    }
    if (OpenElements::bounds(stack_[i], Scope::kDefault)) return;
  }
}

/// An end tag without its start tag makes an empty element.
void TreeSimulator::end_p() noexcept {
  if (in_scope(Tag::p_, Scope::kButton) != OpenElements::kNotFound) return close_p();
  insert_implied(Tag::p_);
  if (gave_up_ == Skip::kNone) pop();
}

/// "</br>" is read as "<br>".
void TreeSimulator::end_br() noexcept {
  reconstruct();
  insert_implied(Tag::br_);
  pop();
  frameset_ok_ = false;
}

void TreeSimulator::end_heading() noexcept {
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    if ((stack_[i].traits & kHeading) != 0) {
      implied_ends();
      return pop_to(i);
    }
    if (OpenElements::bounds(stack_[i], Scope::kDefault)) return;
  }
}

}  // namespace abm::rewrite
