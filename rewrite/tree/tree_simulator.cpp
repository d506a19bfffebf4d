// Tree construction: dispatch, the modes up to the body, and text.
#include "rewrite/tree/tree_simulator.h"

#include "rewrite/scan/doctype.h"

namespace abm::rewrite {

namespace {
// Walks over the stack may take this many steps for every byte of the page, plus a start: beyond, the page is
// built to be slow, and gets passed through.
constexpr uint64_t kStepsPerByte = 4, kFreeSteps = 100'000;
}  // namespace

Content TreeSimulator::start_tag_by_rules(const TagToken& t) noexcept {
  token_ = &t;
  at_ = t.begin;
  ended_.clear();
  content_ = Content::kData;
  if (mode_ == Mode::kInBody && stack_.top().space == Space::kHtml) {
    start_in_body(t);
  } else {
    process_start(t);
  }
  if (steps_ > kFreeSteps + kStepsPerByte * t.end) give_up(Skip::kAmbiguous);
  find_plain();
  return gave_up_ == Skip::kNone ? content_ : Content::kStop;
}

bool TreeSimulator::end_tag(const TagToken& t) noexcept {
  token_ = &t;
  at_ = t.begin;
  ended_.clear();
  if (in_raw_text_) {
    in_raw_text_ = false;
    pop();
  } else {
    process_end(t);
  }
  if (steps_ > kFreeSteps + kStepsPerByte * t.end) give_up(Skip::kAmbiguous);
  find_plain();
  return gave_up_ == Skip::kNone;
}

void TreeSimulator::doctype(std::string_view text, bool cut) noexcept {
  if (mode_ != Mode::kInitial) return;
  mode_ = Mode::kBeforeHtml;
  quirks_ = cut ? Quirks::kUnknown : (is_quirks_doctype(text) ? Quirks::kYes : Quirks::kNo);
}

void TreeSimulator::process_start(const TagToken& t) noexcept {
  if (stack_.size() == 0 || stack_.top().space == Space::kHtml || html_rules_for(t)) {
    by_mode_start(t);
  } else {
    start_in_foreign(t);
  }
}

void TreeSimulator::process_end(const TagToken& t) noexcept {
  if (stack_.size() == 0 || stack_.top().space == Space::kHtml) {
    by_mode_end(t);
  } else {
    end_in_foreign(t);
  }
}

void TreeSimulator::by_mode_start(const TagToken& t) noexcept {
  if (gave_up_ != Skip::kNone) return;
  switch (mode_) {
    case Mode::kInitial:
      quirks_ = Quirks::kYes;
      [[fallthrough]];
    case Mode::kBeforeHtml:
      mode_ = Mode::kBeforeHead;
      if (t.tag == Tag::html_) return insert(t, t.tag);
      insert_implied(Tag::html_);
      return by_mode_start(t);
    case Mode::kBeforeHead:
      return start_before_head(t);
    case Mode::kInHead:
      return start_in_head(t);
    case Mode::kAfterHead:
      return start_after_head(t);
    case Mode::kInBody:
      return start_in_body(t);
    case Mode::kInTable:
      return start_in_table(t);
    case Mode::kColumnGroup:
      return start_in_column_group(t);
    case Mode::kInTableBody:
      return start_in_table_body(t);
    case Mode::kInRow:
      return start_in_row(t);
    case Mode::kInCell:
      return start_in_cell(t);
    case Mode::kInCaption:
      return start_in_caption(t);
    case Mode::kInSelect:
    case Mode::kInSelectInTable:
      return start_in_select(t);
    case Mode::kInTemplate:
      return start_in_template(t);
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return start_in_frameset(t);
    case Mode::kAfterBody:
    case Mode::kAfterAfterBody:
      if (t.tag == Tag::html_) return;
      mode_ = Mode::kInBody;
      return start_in_body(t);
  }
}

void TreeSimulator::by_mode_end(const TagToken& t) noexcept {
  if (gave_up_ != Skip::kNone) return;
  const bool body_like = t.tag == Tag::body_ || t.tag == Tag::html_ || t.tag == Tag::br_;
  switch (mode_) {
    case Mode::kInitial:
      quirks_ = Quirks::kYes;
      mode_ = Mode::kBeforeHtml;
      [[fallthrough]];
    case Mode::kBeforeHtml:
      if (!body_like && t.tag != Tag::head_) return;
      insert_implied(Tag::html_);
      mode_ = Mode::kBeforeHead;
      [[fallthrough]];
    case Mode::kBeforeHead:
      if (!body_like && t.tag != Tag::head_) {
        if (t.tag == Tag::template_) end_template();
        return;
      }
      insert_implied(Tag::head_);
      has_head_ = true;
      mode_ = Mode::kInHead;
      [[fallthrough]];
    case Mode::kInHead:
      return end_in_head(t);
    case Mode::kAfterHead:
      if (t.tag == Tag::template_) return end_template();
      if (!body_like) return;
      ensure_body();
      return by_mode_end(t);
    case Mode::kInBody:
      return end_in_body(t);
    case Mode::kInTable:
      return end_in_table(t);
    case Mode::kColumnGroup:
      return end_in_column_group(t);
    case Mode::kInTableBody:
      return end_in_table_body(t);
    case Mode::kInRow:
      return end_in_row(t);
    case Mode::kInCell:
      return end_in_cell(t);
    case Mode::kInCaption:
      return end_in_caption(t);
    case Mode::kInSelect:
    case Mode::kInSelectInTable:
      return end_in_select(t);
    case Mode::kInTemplate:
      if (t.tag == Tag::template_) end_template();
      return;
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return end_in_frameset(t);
    case Mode::kAfterBody:
      if (t.tag == Tag::html_) {
        mode_ = Mode::kAfterAfterBody;
        if (stack_.size() > 1 && stack_[1].tag == Tag::body_) end_record(stack_[1], false);
        if (stack_.size() > 0) end_record(stack_[0], false);
        return;
      }
      [[fallthrough]];
    case Mode::kAfterAfterBody:
      mode_ = Mode::kInBody;
      return end_in_body(t);
  }
}

void TreeSimulator::start_before_head(const TagToken& t) noexcept {
  if (t.tag == Tag::html_) return;
  mode_ = Mode::kInHead;
  has_head_ = true;
  if (t.tag == Tag::head_) return insert(t, t.tag);
  insert_implied(Tag::head_);
  start_in_head(t);
}

void TreeSimulator::start_in_head(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::html_:
      return;
    case Tag::base_:
    case Tag::basefont_:
    case Tag::bgsound_:
    case Tag::link_:
    case Tag::meta_:
      return insert(t, t.tag, Space::kHtml, true);
    case Tag::title_:
      return insert_raw(t, Content::kRcdata);
    case Tag::noscript_:
    case Tag::noframes_:
    case Tag::style_:
      return insert_raw(t, Content::kRawtext);
    case Tag::script_:
      return insert_raw(t, Content::kScript);
    case Tag::template_:
      insert(t, t.tag);
      push_marker();
      frameset_ok_ = false;
      if (templates_ == kMaxTemplates) return give_up(Skip::kDepth);
      mode_ = Mode::kInTemplate;
      template_modes_[templates_++] = Mode::kInTemplate;
      return;
    case Tag::head_:
      return;
    default:
      leave_head();
      return by_mode_start(t);
  }
}

void TreeSimulator::end_in_head(const TagToken& t) noexcept {
  if (t.tag == Tag::template_) return end_template();
  if (t.tag == Tag::head_) return leave_head();
  if (t.tag != Tag::body_ && t.tag != Tag::html_ && t.tag != Tag::br_) return;
  leave_head();
  by_mode_end(t);
}

void TreeSimulator::leave_head() noexcept {
  pop();
  mode_ = Mode::kAfterHead;
}

void TreeSimulator::start_after_head(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::html_:
    case Tag::head_:
      return;
    case Tag::body_:
      insert(t, t.tag);
      frameset_ok_ = false;
      mode_ = Mode::kInBody;
      return;
    case Tag::frameset_:
      insert(t, t.tag);
      mode_ = Mode::kInFrameset;
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
    case Tag::title_: {
      // They go into the head, which is not on the stack any more: their parent is not what the stack says.
      const size_t before = stack_.size();
      start_in_head(t);
      if (stack_.size() > before) stack_.top().flags |= kUncertain;
      return;
    }
    default:
      ensure_body();
      return by_mode_start(t);
  }
}

void TreeSimulator::ensure_body() noexcept {
  switch (mode_) {
    case Mode::kInitial:
      quirks_ = Quirks::kYes;
      [[fallthrough]];
    case Mode::kBeforeHtml:
      insert_implied(Tag::html_);
      [[fallthrough]];
    case Mode::kBeforeHead:
      insert_implied(Tag::head_);
      has_head_ = true;
      [[fallthrough]];
    case Mode::kInHead:
      leave_head();
      [[fallthrough]];
    case Mode::kAfterHead:
      insert_implied(Tag::body_);
      mode_ = Mode::kInBody;
      break;
    default:
      break;
  }
}

void TreeSimulator::finish(uint64_t offset) noexcept {
  token_ = nullptr;
  at_ = offset;
  for (size_t i = stack_.size(); i-- > 0;) {
    if (stack_[i].record == kNoRecord) continue;
    Ending ending;
    ending.content_end = ending.end = offset;
    ending.closed = false;
    observer_.ended(stack_[i].record, ending);
    stack_[i].record = kNoRecord;
  }
}

void TreeSimulator::reset_mode() noexcept {
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    switch (stack_[i].tag) {
      case Tag::select_:
        mode_ = Mode::kInSelect;
        for (size_t j = i; j-- > 1;) {
          if (stack_[j].tag == Tag::template_) return;
          if (stack_[j].tag == Tag::table_) {
            mode_ = Mode::kInSelectInTable;
            return;
          }
        }
        return;
      case Tag::td_:
      case Tag::th_:
        mode_ = Mode::kInCell;
        return;
      case Tag::tr_:
        mode_ = Mode::kInRow;
        return;
      case Tag::tbody_:
      case Tag::thead_:
      case Tag::tfoot_:
        mode_ = Mode::kInTableBody;
        return;
      case Tag::caption_:
        mode_ = Mode::kInCaption;
        return;
      case Tag::colgroup_:
        mode_ = Mode::kColumnGroup;
        return;
      case Tag::table_:
        mode_ = Mode::kInTable;
        return;
      case Tag::template_:
        mode_ = templates_ == 0 ? Mode::kInBody : template_modes_[templates_ - 1];
        return;
      case Tag::head_:
        mode_ = Mode::kInHead;
        return;
      case Tag::body_:
        mode_ = Mode::kInBody;
        return;
      case Tag::frameset_:
        mode_ = Mode::kInFrameset;
        return;
      case Tag::html_:
        mode_ = has_head_ ? Mode::kAfterHead : Mode::kBeforeHead;
        return;
      default:
        break;
    }
  }
  mode_ = Mode::kInBody;
}

void TreeSimulator::in_body_text(bool blank_only) noexcept {
  reconstruct();
  if (!blank_only) frameset_ok_ = false;
}

void TreeSimulator::text(std::string_view bytes, uint64_t offset) noexcept {
  token_ = nullptr;
  ended_.clear();
  bool blank = true, empty = true;
  for (size_t i = 0; i < bytes.size() && blank; ++i) {
    if (bytes[i] == '\0') continue;
    empty = false;
    blank = is_space(bytes[i]);
    at_ = offset + i;
  }
  if (empty) return;
  if (stack_.size() != 0 && stack_.top().space != Space::kHtml &&
      (stack_.top().flags & (kHtmlPoint | kTextPoint)) == 0) {
    if (!blank) frameset_ok_ = false;
    return;
  }
  switch (mode_) {
    case Mode::kInitial:
    case Mode::kBeforeHtml:
    case Mode::kBeforeHead:
    case Mode::kInHead:
    case Mode::kAfterHead:
      if (blank) return;
      ensure_body();
      return in_body_text(false);
    case Mode::kInBody:
    case Mode::kInCell:
    case Mode::kInCaption:
    case Mode::kInTemplate:
      return in_body_text(blank);
    case Mode::kColumnGroup:
      if (blank || stack_.top_tag() != Tag::colgroup_) return;
      pop();
      mode_ = Mode::kInTable;
      [[fallthrough]];
    case Mode::kInTable:
    case Mode::kInTableBody:
    case Mode::kInRow: {
      const Tag current = stack_.top_tag();
      const bool in_structure = current == Tag::table_ || current == Tag::tbody_ || current == Tag::tfoot_ ||
                                current == Tag::thead_ || current == Tag::tr_ || current == Tag::template_;
      if (in_structure && blank) return;
      foster_ = true;
      in_body_text(blank);
      foster_ = false;
      return;
    }
    case Mode::kAfterBody:
    case Mode::kAfterAfterBody:
      if (!blank) mode_ = Mode::kInBody;
      return in_body_text(blank);
    case Mode::kInSelect:
    case Mode::kInSelectInTable:
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return;
  }
}

}  // namespace abm::rewrite
