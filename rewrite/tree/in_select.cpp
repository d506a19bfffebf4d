// Tree construction: select, template and frameset (HTML 13.2.6.4.16–20).
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

constexpr size_t kNone = OpenElements::kNotFound;

}  // namespace

// Parsers older than 2025 keep a select's content to options; newer ones take nearly everything. Where the
// two would build different trees nothing is matched, and where they would read different tags the page is
// passed through.
void TreeSimulator::start_in_select(const TagToken& t) noexcept {
  const bool table_part = t.tag == Tag::caption_ || t.tag == Tag::table_ || is_table_section(t.tag) ||
                          t.tag == Tag::tr_ || is_cell(t.tag);
  const auto leave = [this] {
    const size_t at = in_scope(Tag::select_, Scope::kSelect);
    if (at == kNone) return false;
    pop_to(at);
    reset_mode();
    return true;
  };
  if (table_part && mode_ == Mode::kInSelectInTable) {
    const size_t at = in_scope(Tag::select_, Scope::kSelect);
    pop_to(at == kNone ? stack_.size() - 1 : at);
    reset_mode();
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
      // It ends the select as an end tag does, and opens none: what ends there must not go without it.
      const size_t at = in_scope(Tag::select_, Scope::kSelect);
      if (at != kNone) end_record(stack_[at], true);
      leave();
      return;
    }
    case Tag::input_:
    case Tag::keygen_:
    case Tag::textarea_:
      if (leave()) return process_start(t);
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
  const bool table_part = t.tag == Tag::caption_ || t.tag == Tag::table_ || is_table_section(t.tag) ||
                          t.tag == Tag::tr_ || is_cell(t.tag);
  if (table_part && mode_ == Mode::kInSelectInTable) {
    if (in_scope(t.tag, Scope::kTable) == kNone) return;
    const size_t at = in_scope(Tag::select_, Scope::kSelect);
    pop_to(at == kNone ? stack_.size() - 1 : at);
    reset_mode();
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
    case Tag::select_: {
      const size_t at = in_scope(Tag::select_, Scope::kSelect);
      if (at == kNone) return;
      pop_to(at);
      return reset_mode();
    }
    case Tag::template_:
      return end_template();
    default:
      return;
  }
}

void TreeSimulator::start_in_template(const TagToken& t) noexcept {
  Mode mode = Mode::kInBody;
  switch (t.tag) {
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
    case Tag::caption_:
    case Tag::colgroup_:
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
      mode = Mode::kInTable;
      break;
    case Tag::col_:
      mode = Mode::kColumnGroup;
      break;
    case Tag::tr_:
      mode = Mode::kInTableBody;
      break;
    case Tag::td_:
    case Tag::th_:
      mode = Mode::kInRow;
      break;
    default:
      break;
  }
  template_modes_[templates_ - 1] = mode;
  mode_ = mode;
  by_mode_start(t);
}

void TreeSimulator::end_template() noexcept {
  if (!stack_.has(Tag::template_)) return;
  implied_ends(Tag::kNone_, kThorough);
  size_t at = stack_.size() - 1;
  while (stack_[at].tag != Tag::template_) --at;
  pop_to(at);
  formatting_.clear_to_marker();
  if (templates_ != 0) --templates_;
  reset_mode();
}

void TreeSimulator::start_in_frameset(const TagToken& t) noexcept {
  if (t.tag == Tag::noframes_) return start_in_head(t);
  if (mode_ != Mode::kInFrameset) return;
  if (t.tag == Tag::frameset_) return insert(t, t.tag);
  if (t.tag == Tag::frame_) insert(t, t.tag, Space::kHtml, true);
}

void TreeSimulator::end_in_frameset(const TagToken& t) noexcept {
  if (mode_ == Mode::kInFrameset && t.tag == Tag::frameset_) {
    if (stack_.size() <= 1) return;
    pop();
    if (stack_.top().tag != Tag::frameset_) mode_ = Mode::kAfterFrameset;
  } else if (mode_ == Mode::kAfterFrameset && t.tag == Tag::html_) {
    mode_ = Mode::kAfterAfterFrameset;
  }
}

}  // namespace abm::rewrite
