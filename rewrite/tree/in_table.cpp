// Tree construction: tables (HTML 13.2.6.4.9–15).
#include "base/text.h"
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

constexpr size_t kNone = OpenElements::kNotFound;

}  // namespace

void TreeSimulator::clear_to(Tag a, Tag b, Tag c) noexcept {
  for (;;) {
    const Tag tag = stack_.top().tag;
    if (tag == a || (b != Tag::kNone_ && tag == b) || (c != Tag::kNone_ && tag == c) ||
        tag == Tag::template_ || tag == Tag::html_) {
      return;
    }
    pop();
  }
}

void TreeSimulator::foster_start(const TagToken& t) noexcept {
  foster_ = true;
  start_in_body(t);
  foster_ = false;
}

void TreeSimulator::foster_end(const TagToken& t) noexcept {
  foster_ = true;
  end_in_body(t);
  foster_ = false;
}

void TreeSimulator::start_in_table(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::caption_:
      clear_to(Tag::table_);
      push_marker();
      insert(t, t.tag);
      mode_ = Mode::kInCaption;
      return;
    case Tag::colgroup_:
      clear_to(Tag::table_);
      insert(t, t.tag);
      mode_ = Mode::kInColumnGroup;
      return;
    case Tag::col_:
      clear_to(Tag::table_);
      insert_implied(Tag::colgroup_);
      mode_ = Mode::kInColumnGroup;
      return by_mode_start(t);
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
      clear_to(Tag::table_);
      insert(t, t.tag);
      mode_ = Mode::kInTableBody;
      return;
    case Tag::td_:
    case Tag::th_:
    case Tag::tr_:
      clear_to(Tag::table_);
      insert_implied(Tag::tbody_);
      mode_ = Mode::kInTableBody;
      return by_mode_start(t);
    case Tag::table_: {
      const size_t at = in_scope(Tag::table_, Scope::kTable);
      if (at == kNone) return;
      pop_to(at);
      reset_mode();
      return process_start(t);
    }
    case Tag::script_:
    case Tag::style_:
    case Tag::template_:
      return start_in_head(t);
    case Tag::input_: {
      const auto type = find_attribute(t.rest(), "type");
      if (!type || !equals_ignoring_case(type->value, "hidden")) return foster_start(t);
      return insert(t, t.tag, Space::kHtml, true);
    }
    case Tag::form_:
      if (form_serial_ != 0 || stack_.has(Tag::template_)) return;
      form_serial_ = formatting_.next_serial();
      insert(t, t.tag);
      if (gave_up_ == Skip::kNone) pop();
      return;
    default:
      return foster_start(t);
  }
}

void TreeSimulator::end_in_table(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::table_: {
      const size_t at = in_scope(Tag::table_, Scope::kTable);
      if (at == kNone) return;
      pop_to(at);
      return reset_mode();
    }
    case Tag::body_:
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::html_:
    case Tag::tbody_:
    case Tag::td_:
    case Tag::tfoot_:
    case Tag::th_:
    case Tag::thead_:
    case Tag::tr_:
      return;
    case Tag::template_:
      return end_template();
    default:
      return foster_end(t);
  }
}

bool TreeSimulator::leave_table_body() noexcept {
  if (in_scope(Tag::tbody_, Scope::kTable) == kNone && in_scope(Tag::thead_, Scope::kTable) == kNone &&
      in_scope(Tag::tfoot_, Scope::kTable) == kNone) {
    return false;
  }
  clear_to(Tag::tbody_, Tag::tfoot_, Tag::thead_);
  pop();
  mode_ = Mode::kInTable;
  return true;
}

void TreeSimulator::start_in_table_body(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::tr_:
      clear_to(Tag::tbody_, Tag::tfoot_, Tag::thead_);
      insert(t, t.tag);
      mode_ = Mode::kInRow;
      return;
    case Tag::th_:
    case Tag::td_:
      clear_to(Tag::tbody_, Tag::tfoot_, Tag::thead_);
      insert_implied(Tag::tr_);
      mode_ = Mode::kInRow;
      return by_mode_start(t);
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
      if (leave_table_body()) by_mode_start(t);
      return;
    default:
      return start_in_table(t);
  }
}

void TreeSimulator::end_in_table_body(const TagToken& t) noexcept {
  if (has_any(t.tag, kTableSection)) {
    if (in_scope(t.tag, Scope::kTable) == kNone) return;
    clear_to(Tag::tbody_, Tag::tfoot_, Tag::thead_);
    pop();
    mode_ = Mode::kInTable;
    return;
  }
  switch (t.tag) {
    case Tag::table_:
      if (leave_table_body()) by_mode_end(t);
      return;
    case Tag::body_:
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::html_:
    case Tag::td_:
    case Tag::th_:
    case Tag::tr_:
      return;
    default:
      return end_in_table(t);
  }
}

bool TreeSimulator::leave_row() noexcept {
  if (in_scope(Tag::tr_, Scope::kTable) == kNone) return false;
  clear_to(Tag::tr_);
  pop();
  mode_ = Mode::kInTableBody;
  return true;
}

void TreeSimulator::start_in_row(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::th_:
    case Tag::td_:
      clear_to(Tag::tr_);
      insert(t, t.tag);
      mode_ = Mode::kInCell;
      return push_marker();
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
    case Tag::tr_:
      if (leave_row()) by_mode_start(t);
      return;
    default:
      return start_in_table(t);
  }
}

void TreeSimulator::end_in_row(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::tr_:
      leave_row();
      return;
    case Tag::table_:
      if (leave_row()) by_mode_end(t);
      return;
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
      if (in_scope(t.tag, Scope::kTable) != kNone && leave_row()) by_mode_end(t);
      return;
    case Tag::body_:
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::html_:
    case Tag::td_:
    case Tag::th_:
      return;
    default:
      return end_in_table(t);
  }
}

void TreeSimulator::close_cell() noexcept {
  size_t at = in_scope(Tag::td_, Scope::kTable);
  if (at == kNone) at = in_scope(Tag::th_, Scope::kTable);
  if (at == kNone) return;
  implied_ends();
  while (!has_any(stack_.top().tag, kCell)) pop();
  pop();
  formatting_.clear_to_marker();
  mode_ = Mode::kInRow;
}

void TreeSimulator::start_in_cell(const TagToken& t) noexcept {
  if (!has_any(t.tag, kTablePart)) return start_in_body(t);
  if (in_scope(Tag::td_, Scope::kTable) == kNone && in_scope(Tag::th_, Scope::kTable) == kNone) return;
  close_cell();
  by_mode_start(t);
}

void TreeSimulator::end_in_cell(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::td_:
    case Tag::th_:
      if (in_scope(t.tag, Scope::kTable) == kNone) return;
      close(t.tag, Scope::kTable);
      formatting_.clear_to_marker();
      mode_ = Mode::kInRow;
      return;
    case Tag::body_:
    case Tag::caption_:
    case Tag::col_:
    case Tag::colgroup_:
    case Tag::html_:
      return;
    case Tag::table_:
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
    case Tag::tr_:
      if (in_scope(t.tag, Scope::kTable) == kNone) return;
      close_cell();
      return by_mode_end(t);
    default:
      return end_in_body(t);
  }
}

bool TreeSimulator::leave_caption() noexcept {
  if (!close(Tag::caption_, Scope::kTable)) return false;
  formatting_.clear_to_marker();
  mode_ = Mode::kInTable;
  return true;
}

void TreeSimulator::start_in_caption(const TagToken& t) noexcept {
  if (!has_any(t.tag, kTablePart)) return start_in_body(t);
  if (leave_caption()) by_mode_start(t);
}

void TreeSimulator::end_in_caption(const TagToken& t) noexcept {
  if (t.tag == Tag::caption_) {
    leave_caption();
  } else if (t.tag == Tag::table_) {
    if (leave_caption()) by_mode_end(t);
  } else if (!has_any(t.tag, kTablePart) && t.tag != Tag::body_ && t.tag != Tag::html_) {
    end_in_body(t);
  }
}

void TreeSimulator::start_in_column_group(const TagToken& t) noexcept {
  if (t.tag == Tag::html_) return;
  if (t.tag == Tag::col_) return insert(t, t.tag, Space::kHtml, true);
  if (t.tag == Tag::template_) return start_in_head(t);
  if (stack_.top().tag != Tag::colgroup_) return;
  pop();
  mode_ = Mode::kInTable;
  by_mode_start(t);
}

void TreeSimulator::end_in_column_group(const TagToken& t) noexcept {
  if (t.tag == Tag::template_) return end_template();
  if (t.tag == Tag::col_ || stack_.top().tag != Tag::colgroup_) return;
  pop();
  mode_ = Mode::kInTable;
  if (t.tag != Tag::colgroup_) by_mode_end(t);
}

}  // namespace abm::rewrite
