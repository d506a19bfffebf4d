// Tree construction: start tags "in body" (HTML 13.2.6.4.7).
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

void TreeSimulator::start_in_body(const TagToken& t) noexcept {
  switch (body_start_of(t.tag)) {
    case BodyStart::kOrdinary:
      reconstruct();
      return insert(t, t.tag);
    case BodyStart::kAnyBlock:
      close_p();
      return insert(t, t.tag);
    case BodyStart::kAnyHeading:
      return start_heading(t);
    case BodyStart::kListItem:
    case BodyStart::kDefinition:
      return start_list_item(t);
    case BodyStart::kAnyFormatting:
    case BodyStart::kNobr:
      return start_formatting(t);
    case BodyStart::kVoid:
      return start_void(t, t.tag);
    case BodyStart::kImage:
      return start_void(t, Tag::img_);
    case BodyStart::kSource:
      return insert_void(t, t.tag);
    case BodyStart::kHr:
      return start_hr(t);
    case BodyStart::kInput:
      return start_input(t);
    case BodyStart::kAnyHead:
      return start_in_head(t);
    case BodyStart::kIgnored:
      return;
    case BodyStart::kBody:
      return start_body(t);
    case BodyStart::kHtml:
      return merge(0, t);
    case BodyStart::kFrameset:
      return start_frameset(t);
    case BodyStart::kPre:
      close_p();
      frameset_ok_ = false;
      newline_eater_end_ = t.end;
      return insert(t, t.tag);
    case BodyStart::kForm:
      return start_form(t);
    case BodyStart::kButton:
      return start_button(t);
    case BodyStart::kSelect:
      return start_select(t);
    case BodyStart::kOption:
      return start_option(t);
    case BodyStart::kOptgroup:
      return start_optgroup(t);
    case BodyStart::kApplet:
      return start_applet(t);
    case BodyStart::kTable:
      return start_table(t);
    case BodyStart::kRubyBase:
      return start_ruby(t, Tag::kNone_);
    case BodyStart::kRubyText:
      return start_ruby(t, Tag::rtc_);
    case BodyStart::kForeign:
      return start_foreign(t);
    case BodyStart::kPlaintext:
      return start_plaintext(t);
    case BodyStart::kTextarea:
      frameset_ok_ = false;
      return insert_raw(t, Content::kRcdata);
    case BodyStart::kXmp:
      return start_xmp(t);
    case BodyStart::kIframe:
      frameset_ok_ = false;
      return insert_raw(t, Content::kRawtext);
    case BodyStart::kNoembed:
      return insert_raw(t, Content::kRawtext);
  }
}

void TreeSimulator::start_heading(const TagToken& t) noexcept {
  close_p();
  if ((stack_.top().traits & kHeading) != 0) pop();
  insert(t, t.tag);
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

void TreeSimulator::start_void(const TagToken& t, Tag tag) noexcept {
  reconstruct();
  frameset_ok_ = false;
  insert_void(t, tag);
}

void TreeSimulator::start_body(const TagToken& t) noexcept {
  if (!has_body() || stack_.has(Tag::template_)) return;
  frameset_ok_ = false;
  merge(1, t);
}

void TreeSimulator::start_frameset(const TagToken& t) noexcept {
  if (!has_body() || !frameset_ok_) return;
  pop_to(1);
  insert(t, t.tag);
  mode_ = Mode::kInFrameset;
}

void TreeSimulator::start_form(const TagToken& t) noexcept {
  if (form_serial_ != 0 && !stack_.has(Tag::template_)) return;
  close_p();
  insert(t, t.tag);
  if (gave_up_ != Skip::kNone || stack_.has(Tag::template_)) return;
  form_serial_ = stack_.top().serial = formatting_.next_serial();
}

void TreeSimulator::start_button(const TagToken& t) noexcept {
  close(Tag::button_);
  reconstruct();
  frameset_ok_ = false;
  insert(t, t.tag);
}

void TreeSimulator::start_applet(const TagToken& t) noexcept {
  reconstruct();
  insert(t, t.tag);
  frameset_ok_ = false;
  push_marker();
}

void TreeSimulator::start_table(const TagToken& t) noexcept {
  if (stack_.has(Tag::p_) && in_scope(Tag::p_, Scope::kButton) != OpenElements::kNotFound) {
    if (quirks_ == Quirks::kUnknown) return give_up(Skip::kAmbiguous);
    if (quirks_ == Quirks::kNo) close_p();
  }
  insert(t, t.tag);
  frameset_ok_ = false;
  mode_ = Mode::kInTable;
}

void TreeSimulator::start_ruby(const TagToken& t, Tag except) noexcept {
  if (in_scope(Tag::ruby_) != OpenElements::kNotFound) implied_ends(except);
  insert(t, t.tag);
}

void TreeSimulator::start_foreign(const TagToken& t) noexcept {
  reconstruct();
  insert(t, t.tag, t.tag == Tag::svg_ ? Space::kSvg : Space::kMathml, t.self_closing);
}

void TreeSimulator::start_plaintext(const TagToken& t) noexcept {
  close_p();
  insert(t, t.tag);
  content_ = Content::kPlaintext;
}

void TreeSimulator::start_xmp(const TagToken& t) noexcept {
  close_p();
  reconstruct();
  frameset_ok_ = false;
  insert_raw(t, Content::kRawtext);
}

}  // namespace abm::rewrite
