// Tree construction: tables (HTML 13.2.6.4.9–15).
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// Ends each of the table contexts that "clear the stack back" to.
constexpr bool ends_table_context(Tag tag) {
  return tag == Tag::template_ || tag == Tag::html_;
}

/// End tags that do nothing in a table, unless the mode has a rule for them.
constexpr bool is_idle_end(Tag tag) {
  return has_any(tag, kTablePart) || tag == Tag::body_ || tag == Tag::html_;
}

}  // namespace

void TreeSimulator::clear_to(Tag context) noexcept {
  while (stack_.top().tag != context && !ends_table_context(stack_.top().tag)) pop();
}

void TreeSimulator::clear_to_section() noexcept {
  while (!has_any(stack_.top().tag, kTableSection) && !ends_table_context(stack_.top().tag)) pop();
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
      if (at == OpenElements::kNotFound) return;
      pop_to(at);
      reset_mode();
      return process_start(t);
    }
    case Tag::script_:
    case Tag::style_:
    case Tag::template_:
      return start_in_head(t);
    case Tag::input_:
      if (!attribute_is(t.rest(), "type", "hidden")) return foster_start(t);
      return insert_void(t, t.tag);
    case Tag::form_:
      if (form_serial_ != 0 || stack_.has(Tag::template_)) return;
      form_serial_ = formatting_.next_serial();
      return insert_void(t, t.tag);  // it is left at once
    default:
      return foster_start(t);
  }
}

void TreeSimulator::end_in_table(const TagToken& t) noexcept {
  if (t.tag == Tag::template_) return end_template();
  if (is_idle_end(t.tag)) return;
  if (t.tag != Tag::table_) return foster_end(t);
  const size_t at = in_scope(Tag::table_, Scope::kTable);
  if (at == OpenElements::kNotFound) return;
  pop_to(at);
  reset_mode();
}

bool TreeSimulator::leave_table_body() noexcept {
  if (in_scope(Tag::tbody_, Scope::kTable) == OpenElements::kNotFound &&
      in_scope(Tag::thead_, Scope::kTable) == OpenElements::kNotFound &&
      in_scope(Tag::tfoot_, Scope::kTable) == OpenElements::kNotFound) {
    return false;
  }
  clear_to_section();
  pop();
  mode_ = Mode::kInTable;
  return true;
}

void TreeSimulator::start_in_table_body(const TagToken& t) noexcept {
  if (t.tag == Tag::tr_) {
    clear_to_section();
    insert(t, t.tag);
    mode_ = Mode::kInRow;
  } else if (has_any(t.tag, kCell)) {
    clear_to_section();
    insert_implied(Tag::tr_);
    mode_ = Mode::kInRow;
    by_mode_start(t);
  } else if (has_any(t.tag, kTablePart)) {
    if (leave_table_body()) by_mode_start(t);
  } else {
    start_in_table(t);
  }
}

void TreeSimulator::end_in_table_body(const TagToken& t) noexcept {
  if (has_any(t.tag, kTableSection)) {
    if (in_scope(t.tag, Scope::kTable) == OpenElements::kNotFound) return;
    clear_to_section();
    pop();
    mode_ = Mode::kInTable;
  } else if (t.tag == Tag::table_) {
    if (leave_table_body()) by_mode_end(t);
  } else if (!is_idle_end(t.tag)) {
    end_in_table(t);
  }
}

bool TreeSimulator::leave_row() noexcept {
  if (in_scope(Tag::tr_, Scope::kTable) == OpenElements::kNotFound) return false;
  clear_to(Tag::tr_);
  pop();
  mode_ = Mode::kInTableBody;
  return true;
}

void TreeSimulator::start_in_row(const TagToken& t) noexcept {
  if (has_any(t.tag, kCell)) {
    clear_to(Tag::tr_);
    insert(t, t.tag);
    mode_ = Mode::kInCell;
    push_marker();
  } else if (has_any(t.tag, kTablePart)) {
    if (leave_row()) by_mode_start(t);
  } else {
    start_in_table(t);
  }
}

void TreeSimulator::end_in_row(const TagToken& t) noexcept {
  if (t.tag == Tag::tr_) {
    leave_row();
  } else if (t.tag == Tag::table_) {
    if (leave_row()) by_mode_end(t);
  } else if (has_any(t.tag, kTableSection)) {
    if (in_scope(t.tag, Scope::kTable) != OpenElements::kNotFound && leave_row()) by_mode_end(t);
  } else if (!is_idle_end(t.tag)) {
    end_in_table(t);
  }
}

void TreeSimulator::close_cell() noexcept {
  size_t at = in_scope(Tag::td_, Scope::kTable);
  if (at == OpenElements::kNotFound) at = in_scope(Tag::th_, Scope::kTable);
  if (at == OpenElements::kNotFound) return;
  implied_ends();
  while (!has_any(stack_.top().tag, kCell)) pop();
  pop();
  formatting_.clear_to_marker();
  mode_ = Mode::kInRow;
}

void TreeSimulator::start_in_cell(const TagToken& t) noexcept {
  if (!has_any(t.tag, kTablePart)) return start_in_body(t);
  if (in_scope(Tag::td_, Scope::kTable) == OpenElements::kNotFound &&
      in_scope(Tag::th_, Scope::kTable) == OpenElements::kNotFound)
    return;
  close_cell();
  by_mode_start(t);
}

void TreeSimulator::end_in_cell(const TagToken& t) noexcept {
  if (has_any(t.tag, kCell)) {
    if (in_scope(t.tag, Scope::kTable) == OpenElements::kNotFound) return;
    close(t.tag, Scope::kTable);
    formatting_.clear_to_marker();
    mode_ = Mode::kInRow;
  } else if (has_any(t.tag, kFosters)) {  // table, tbody, tfoot, thead, tr
    if (in_scope(t.tag, Scope::kTable) == OpenElements::kNotFound) return;
    close_cell();
    by_mode_end(t);
  } else if (!is_idle_end(t.tag)) {
    end_in_body(t);
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
  } else if (!is_idle_end(t.tag)) {
    end_in_body(t);
  }
}

void TreeSimulator::start_in_column_group(const TagToken& t) noexcept {
  if (t.tag == Tag::html_) return merge(0, t);
  if (t.tag == Tag::col_) return insert_void(t, t.tag);
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
