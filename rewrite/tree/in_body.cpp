// Tree construction: the "in body" insertion mode (HTML 13.2.6.4.7).
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

void TreeSimulator::implied_ends(Tag except, unsigned which) noexcept {
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

void TreeSimulator::start_list_item(const TagToken& t) noexcept {
  frameset_ok_ = false;
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    const OpenElement& e = stack_[i];
    const bool same_kind = t.tag == Tag::li_ ? e.tag == Tag::li_ : e.tag == Tag::dd_ || e.tag == Tag::dt_;
    if (same_kind) {
      implied_ends(e.tag);
      pop_to(i);
      break;
    }
    if ((e.traits & kSpecial) != 0 && e.tag != Tag::address_ && e.tag != Tag::div_ && e.tag != Tag::p_) break;
  }
  close_p();
  insert(t, t.tag);
}

void TreeSimulator::start_frameset(const TagToken& t) noexcept {
  if (stack_.size() < 2 || stack_[1].tag != Tag::body_ || !frameset_ok_) return;
  pop_to(1);
  insert(t, t.tag);
  mode_ = Mode::kInFrameset;
}

void TreeSimulator::start_in_body(const TagToken& t) noexcept {
  const uint16_t flags = flags_of(t.tag);
  if ((flags & kBlock) != 0 && t.tag != Tag::pre_ && t.tag != Tag::listing_) {
    close_p();
    return insert(t, t.tag);
  }
  if ((flags & kFormatting) != 0) return start_formatting(t);
  if ((flags & kHeading) != 0) {
    close_p();
    if ((stack_.top().traits & kHeading) != 0) pop();
    return insert(t, t.tag);
  }
  switch (t.tag) {
    case Tag::html_:
      return;
    case Tag::base_:
    case Tag::basefont_:
    case Tag::bgsound_:
    case Tag::link_:
    case Tag::meta_:
    case Tag::noframes_:
    case Tag::script_:
    case Tag::style_:
    case Tag::template_:
    case Tag::title_:
      return start_in_head(t);
    case Tag::body_:
      if (stack_.size() > 1 && stack_[1].tag == Tag::body_ && !stack_.has(Tag::template_))
        frameset_ok_ = false;
      return;
    case Tag::frameset_:
      return start_frameset(t);
    case Tag::pre_:
    case Tag::listing_:
      close_p();
      frameset_ok_ = false;
      return insert(t, t.tag);
    case Tag::form_:
      if (form_serial_ != 0 && !stack_.has(Tag::template_)) return;
      close_p();
      insert(t, t.tag);
      if (gave_up_ != Skip::kNone || stack_.has(Tag::template_)) return;
      form_serial_ = stack_.top().serial = formatting_.next_serial();
      return;
    case Tag::li_:
    case Tag::dd_:
    case Tag::dt_:
      return start_list_item(t);
    case Tag::plaintext_:
      close_p();
      insert(t, t.tag);
      content_ = Content::kPlaintext;
      return;
    case Tag::button_:
      close(Tag::button_);
      reconstruct();
      frameset_ok_ = false;
      return insert(t, t.tag);
    case Tag::applet_:
    case Tag::marquee_:
    case Tag::object_:
      reconstruct();
      insert(t, t.tag);
      frameset_ok_ = false;
      return push_marker();
    case Tag::table_:
      if (stack_.has(Tag::p_) && in_scope(Tag::p_, Scope::kButton) != OpenElements::kNotFound) {
        if (quirks_ == Quirks::kUnknown) return give_up(Skip::kAmbiguous);
        if (quirks_ == Quirks::kNo) close_p();
      }
      insert(t, t.tag);
      frameset_ok_ = false;
      mode_ = Mode::kInTable;
      return;
    case Tag::area_:
    case Tag::br_:
    case Tag::embed_:
    case Tag::img_:
    case Tag::image_:
    case Tag::keygen_:
    case Tag::wbr_:
      reconstruct();
      frameset_ok_ = false;
      return insert(t, t.tag == Tag::image_ ? Tag::img_ : t.tag, Space::kHtml, true);
    case Tag::input_: {
      reconstruct();
      insert(t, t.tag, Space::kHtml, true);
      if (!frameset_ok_) return;
      const auto type = find_attribute(t.rest(), "type");
      frameset_ok_ = type && equals_lower(type->value, "hidden");
      return;
    }
    case Tag::param_:
    case Tag::source_:
    case Tag::track_:
      return insert(t, t.tag, Space::kHtml, true);
    case Tag::hr_:
      close_p();
      frameset_ok_ = false;
      return insert(t, t.tag, Space::kHtml, true);
    case Tag::textarea_:
      frameset_ok_ = false;
      return insert_raw(t, Content::kRcdata);
    case Tag::xmp_:
      close_p();
      reconstruct();
      frameset_ok_ = false;
      return insert_raw(t, Content::kRawtext);
    case Tag::iframe_:
      frameset_ok_ = false;
      return insert_raw(t, Content::kRawtext);
    case Tag::noembed_:
    case Tag::noscript_:
      return insert_raw(t, Content::kRawtext);
    case Tag::select_:
      reconstruct();
      insert(t, t.tag);
      frameset_ok_ = false;
      mode_ = mode_ == Mode::kInTable || mode_ == Mode::kInCaption || mode_ == Mode::kInTableBody ||
                      mode_ == Mode::kInRow || mode_ == Mode::kInCell
                  ? Mode::kInSelectInTable
                  : Mode::kInSelect;
      return;
    case Tag::optgroup_:
    case Tag::option_:
      if (stack_.top().tag == Tag::option_) pop();
      reconstruct();
      return insert(t, t.tag);
    case Tag::rb_:
    case Tag::rtc_:
      if (in_scope(Tag::ruby_) != OpenElements::kNotFound) implied_ends();
      return insert(t, t.tag);
    case Tag::rp_:
    case Tag::rt_:
      if (in_scope(Tag::ruby_) != OpenElements::kNotFound) implied_ends(Tag::rtc_);
      return insert(t, t.tag);
    case Tag::math_:
    case Tag::svg_:
      reconstruct();
      return insert(t, t.tag, t.tag == Tag::svg_ ? Space::kSvg : Space::kMathml, t.self_closing);
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::frame_:
    case Tag::head_:
    case Tag::tbody_:
    case Tag::td_:
    case Tag::tfoot_:
    case Tag::th_:
    case Tag::thead_:
    case Tag::tr_:
      return;
    default:
      reconstruct();
      return insert(t, t.tag);
  }
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

void TreeSimulator::end_body() noexcept {
  if (in_scope(Tag::body_) == OpenElements::kNotFound) return;
  mode_ = Mode::kAfterBody;
  if (stack_.size() > 1 && stack_[1].tag == Tag::body_) {
    if (stack_[1].record == kNoRecord) return;
    for (size_t i = stack_.size(); i-- > 2; ++steps_) ended_.add(stack_[i].tag, stack_[i].traits);
    end_record(stack_[1], false);
  }
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

void TreeSimulator::end_in_body(const TagToken& t) noexcept {
  if (stack_.top().key == t.key && (flags_of(t.tag) & (kFormatting | kScope)) == 0 && t.tag != Tag::form_ &&
      t.tag != Tag::body_ && t.tag != Tag::html_ && t.tag != Tag::br_) {
    return pop();  // by far the most common case: the element on top ends
  }
  const uint16_t flags = flags_of(t.tag);
  if ((flags & kFormatting) != 0) return end_formatting(t);
  switch (t.tag) {
    case Tag::template_:
      return end_template();
    case Tag::body_:
      return end_body();
    case Tag::html_:
      if (in_scope(Tag::body_) == OpenElements::kNotFound) return;
      mode_ = Mode::kAfterBody;
      return by_mode_end(t);
    case Tag::form_:
      return end_form();
    case Tag::p_:
      if (in_scope(Tag::p_, Scope::kButton) == OpenElements::kNotFound) return insert_implied_p();
      close_p();
      return;
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
      reconstruct();
      insert_implied(Tag::br_);
      pop();
      frameset_ok_ = false;
      return;
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

void TreeSimulator::insert_implied_p() noexcept {
  insert_implied(Tag::p_);
  if (gave_up_ == Skip::kNone) pop();
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
