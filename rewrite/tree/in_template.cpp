// Tree construction: templates, declarative shadow roots and framesets (HTML 13.2.6.4.4, 13.2.6.4.18,
// 13.2.6.4.20–22).
#include "rewrite/scan/attributes.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// The mode that a template's first start tag chooses for its content.
constexpr InsertionMode template_mode_for(Tag tag) {
  switch (tag) {
    case Tag::caption_:
    case Tag::colgroup_:
    case Tag::tbody_:
    case Tag::tfoot_:
    case Tag::thead_:
      return InsertionMode::kInTable;
    case Tag::col_:
      return InsertionMode::kInColumnGroup;
    case Tag::tr_:
      return InsertionMode::kInTableBody;
    case Tag::td_:
    case Tag::th_:
      return InsertionMode::kInRow;
    default:
      return InsertionMode::kInBody;
  }
}

}  // namespace

/// Whether a template start tag here gives the element on top a shadow root ("in head", "template"; DOM,
/// "attach a shadow root").
bool TreeSimulator::opens_shadow_root(const TagToken& t) const noexcept {
  const OpenElement& host = stack_.top();
  const bool may_host = host.space == Space::kHtml && (host.flags & kShadowHost) == 0 &&
                        ((host.traits & kShadowTag) != 0 || (host.flags & kCustomElement) != 0);
  return may_host && (attribute_is(t.rest(), "shadowrootmode", "open") ||
                      attribute_is(t.rest(), "shadowrootmode", "closed"));
}

void TreeSimulator::start_template(const TagToken& t) noexcept {
  if (opens_shadow_root(t)) {
    stack_.top().flags |= kShadowHost;
    insert_shadow_root();
  } else {
    insert(t, t.tag);
  }
  if (gave_up_ != Skip::kNone) return;
  push_marker();
  frameset_ok_ = false;
  if (template_modes_.full()) return give_up(Skip::kDepth);
  mode_ = Mode::kInTemplate;
  template_modes_.push(Mode::kInTemplate);
}

void TreeSimulator::start_in_template(const TagToken& t) noexcept {
  if (has_any(t.tag, kHeadTag)) return start_in_head(t);
  mode_ = template_mode_for(t.tag);
  template_modes_.replace_current(mode_);
  by_mode_start(t);
}

void TreeSimulator::end_template() noexcept {
  if (!stack_.has(Tag::template_)) return;
  implied_ends(Tag::kNone_, kThorough);
  size_t at = stack_.size() - 1;
  while (stack_[at].tag != Tag::template_) --at;
  pop_to(at);
  formatting_.clear_to_marker();
  template_modes_.pop();
  reset_mode();
}

void TreeSimulator::start_in_frameset(const TagToken& t) noexcept {
  if (t.tag == Tag::noframes_) return start_in_head(t);
  if (t.tag == Tag::html_) return merge(0, t);
  if (mode_ != Mode::kInFrameset) return;
  if (t.tag == Tag::frameset_) return insert(t, t.tag);
  if (t.tag == Tag::frame_) insert_void(t, t.tag);
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
