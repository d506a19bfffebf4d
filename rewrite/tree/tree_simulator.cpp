// Tree construction: which mode a token goes by, and text.
#include "rewrite/tree/tree_simulator.h"

#include "rewrite/scan/doctype.h"

namespace abm::rewrite {
namespace {

// Walks over the stack may take this many steps for every byte of the page, and a few to begin with. A page
// that needs more is built to be slow, and is passed through.
constexpr uint64_t kStepsPerByte = 4, kFreeSteps = 100'000;

/// "Optional tags" (HTML 13.1.2.4). Those that may be left out at the end of their parent are those that
/// "generate all implied end tags thoroughly" ends.
constexpr bool may_omit_end(Tag tag) noexcept {
  return has_any(tag, kThorough) || tag == Tag::body_ || tag == Tag::head_ || tag == Tag::html_;
}

}  // namespace

Content TreeSimulator::start_tag(const TagToken& t) noexcept {
  token_ = &t;
  at_ = t.begin;
  ended_.clear();
  reopened_ = false;
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
      return start_before_html(t);
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
    case Mode::kInColumnGroup:
      return start_in_column_group(t);
    case Mode::kInTableBody:
      return start_in_table_body(t);
    case Mode::kInRow:
      return start_in_row(t);
    case Mode::kInCell:
      return start_in_cell(t);
    case Mode::kInCaption:
      return start_in_caption(t);
    case Mode::kInTemplate:
      return start_in_template(t);
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return start_in_frameset(t);
    case Mode::kAfterBody:
    case Mode::kAfterAfterBody:
      if (t.tag == Tag::html_) return merge(0, t);
      mode_ = Mode::kInBody;
      return start_in_body(t);
  }
}

void TreeSimulator::by_mode_end(const TagToken& t) noexcept {
  if (gave_up_ != Skip::kNone) return;
  switch (mode_) {
    case Mode::kInitial:
    case Mode::kBeforeHtml:
    case Mode::kBeforeHead:
      return end_before_head(t);
    case Mode::kInHead:
      return end_in_head(t);
    case Mode::kAfterHead:
      return end_after_head(t);
    case Mode::kInBody:
      return end_in_body(t);
    case Mode::kInTable:
      return end_in_table(t);
    case Mode::kInColumnGroup:
      return end_in_column_group(t);
    case Mode::kInTableBody:
      return end_in_table_body(t);
    case Mode::kInRow:
      return end_in_row(t);
    case Mode::kInCell:
      return end_in_cell(t);
    case Mode::kInCaption:
      return end_in_caption(t);
    case Mode::kInTemplate:
      if (t.tag == Tag::template_) end_template();
      return;
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return end_in_frameset(t);
    case Mode::kAfterBody:
      if (t.tag == Tag::html_) return end_html_after_body();
      [[fallthrough]];
    case Mode::kAfterAfterBody:
      mode_ = Mode::kInBody;
      return end_in_body(t);
  }
}

void TreeSimulator::finish(uint64_t offset, bool complete) noexcept {
  const bool after_body = mode_ == Mode::kAfterBody || mode_ == Mode::kAfterAfterBody;
  ended_.clear();
  EndedElement inside;
  bool special_inside = false, select_inside = false;
  for (size_t i = stack_.size(); i-- > 0;) {
    OpenElement& element = stack_[i];
    // No tag ended the elements inside: the end tag has to do that.
    const bool by_scope = has_any(element.tag, kContainer | kTablePart);
    const bool endable = ended_.allow_end(element.tag) && !select_inside && (by_scope || !special_inside);
    if (element.record != kNoRecord) {
      Ending ending;
      ending.content_end = complete && after_body ? body_end_ : offset;
      ending.end = offset;
      ending.ended_inside = inside;
      ending.depth = static_cast<uint32_t>(i);
      ending.endable = endable;
      ending.escapes = (element.flags & kLeaks) != 0;
      ending.closed = ending.page_end = complete;
      ending.unended = complete && !may_omit_end(element.tag);
      observer_.ended(element.record, ending);
      element.record = kNoRecord;
    }
    ended_.add(element.tag, element.traits);
    inside = EndedElement(endable ? element.tag : Tag::kNone_);
    special_inside |= (element.traits & kSpecial) != 0;
    select_inside |= element.tag == Tag::select_;
  }
}

/// "Reset the insertion mode appropriately" (HTML 13.2.4.1).
void TreeSimulator::reset_mode() noexcept {
  for (size_t i = stack_.size(); i-- > 0; ++steps_) {
    const Tag tag = stack_[i].tag;
    if (has_any(tag, kCell)) {
      mode_ = Mode::kInCell;
      return;
    }
    if (has_any(tag, kTableSection)) {
      mode_ = Mode::kInTableBody;
      return;
    }
    switch (tag) {
      case Tag::tr_:
        mode_ = Mode::kInRow;
        return;
      case Tag::caption_:
        mode_ = Mode::kInCaption;
        return;
      case Tag::colgroup_:
        mode_ = Mode::kInColumnGroup;
        return;
      case Tag::table_:
        mode_ = Mode::kInTable;
        return;
      case Tag::template_:
        mode_ = template_modes_.current();
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
    case Mode::kInColumnGroup:
      if (blank || stack_.top_tag() != Tag::colgroup_) return;
      pop();
      mode_ = Mode::kInTable;
      [[fallthrough]];
    case Mode::kInTable:
    case Mode::kInTableBody:
    case Mode::kInRow: {
      const Tag current = stack_.top_tag();
      if (blank && (has_any(current, kFosters) || current == Tag::template_)) return;
      foster_ = true;
      if (fosters()) mark_leaks();
      in_body_text(blank);
      foster_ = false;
      return;
    }
    case Mode::kAfterBody:
    case Mode::kAfterAfterBody:
      if (!blank) mode_ = Mode::kInBody;
      return in_body_text(blank);
    case Mode::kInFrameset:
    case Mode::kAfterFrameset:
    case Mode::kAfterAfterFrameset:
      return;
  }
}

}  // namespace abm::rewrite
