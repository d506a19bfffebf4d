// Tree construction: the modes from the first token to the body (HTML 13.2.6.4.1–6).
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// End tags that begin a body which has not begun.
constexpr bool begins_body(Tag tag) {
  return tag == Tag::body_ || tag == Tag::html_ || tag == Tag::br_;
}

}  // namespace

void TreeSimulator::start_before_html(const TagToken& t) noexcept {
  mode_ = Mode::kBeforeHead;
  if (t.tag == Tag::html_) return insert(t, t.tag);
  insert_implied(Tag::html_);
  by_mode_start(t);
}

void TreeSimulator::start_before_head(const TagToken& t) noexcept {
  if (t.tag == Tag::html_) return merge(0, t);
  mode_ = Mode::kInHead;
  has_head_ = true;
  if (t.tag == Tag::head_) return insert(t, t.tag);
  insert_implied(Tag::head_);
  start_in_head(t);
}

void TreeSimulator::start_in_head(const TagToken& t) noexcept {
  switch (t.tag) {
    case Tag::html_:
      return merge(0, t);
    case Tag::head_:
      return;
    case Tag::title_:
      return insert_raw(t, Content::kRcdata);
    case Tag::noscript_:
    case Tag::noframes_:
    case Tag::style_:
      return insert_raw(t, Content::kRawtext);
    case Tag::script_:
      return insert_raw(t, Content::kScript);
    case Tag::template_:
      return start_template(t);
    default:
      break;
  }
  if (has_any(t.tag, kHeadTag)) return insert_void(t, t.tag);  // the void ones are left
  leave_head();
  by_mode_start(t);
}

void TreeSimulator::start_after_head(const TagToken& t) noexcept {
  if (has_any(t.tag, kHeadTag)) {
    // It goes into the head, which is not on the stack any more: its parent is not what the stack says.
    const size_t before = stack_.size();
    start_in_head(t);
    if (stack_.size() > before) stack_.top().flags |= kUncertain;
    return;
  }
  switch (t.tag) {
    case Tag::html_:
      return merge(0, t);
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
    default:
      ensure_body();
      return by_mode_start(t);
  }
}

void TreeSimulator::end_before_head(const TagToken& t) noexcept {
  if (mode_ == Mode::kInitial) {
    quirks_ = Quirks::kYes;
    mode_ = Mode::kBeforeHtml;
  }
  if (!begins_body(t.tag) && t.tag != Tag::head_) {
    if (mode_ == Mode::kBeforeHead && t.tag == Tag::template_) end_template();
    return;
  }
  if (mode_ == Mode::kBeforeHtml) insert_implied(Tag::html_);
  insert_implied(Tag::head_);
  has_head_ = true;
  mode_ = Mode::kInHead;
  end_in_head(t);
}

void TreeSimulator::end_in_head(const TagToken& t) noexcept {
  if (t.tag == Tag::template_) return end_template();
  if (t.tag == Tag::head_) return leave_head();
  if (!begins_body(t.tag)) return;
  leave_head();
  by_mode_end(t);
}

void TreeSimulator::end_after_head(const TagToken& t) noexcept {
  if (t.tag == Tag::template_) return end_template();
  if (!begins_body(t.tag)) return;
  ensure_body();
  by_mode_end(t);
}

void TreeSimulator::leave_head() noexcept {
  pop();
  mode_ = Mode::kAfterHead;
}

/// Everything up to the body is there, implied where the page has not written it.
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

}  // namespace abm::rewrite
