// Tree construction: what inserting and removing an element means (HTML 13.2.6.1), and what the observer
// hears of it.
#include <algorithm>

#include "base/text.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {
namespace {

/// "Valid custom element name" of the HTML standard, for names as the tokenizer reads them.
bool is_custom_element(std::string_view name) noexcept {
  if (name.find('-') == std::string_view::npos) return false;
  constexpr std::string_view kReserved[] = {"annotation-xml",   "color-profile",  "font-face",
                                            "font-face-format", "font-face-name", "font-face-src",
                                            "font-face-uri",    "missing-glyph"};
  return std::ranges::none_of(kReserved,
                              [name](std::string_view one) { return equals_ignoring_case(name, one); });
}

}  // namespace

/// Where a misplaced element is put, in front of the table (HTML 13.2.6.1, "foster parenting").
size_t TreeSimulator::foster_parent() const noexcept {
  for (size_t i = stack_.size(); i-- > 1;) {
    if (stack_[i].tag == Tag::template_) return i;
    if (stack_[i].tag == Tag::table_) return i - 1;
  }
  return 0;
}

/// From the table to the current element.
void TreeSimulator::mark_leaks() noexcept {
  for (size_t i = stack_.size(); i-- > 1; ++steps_) {
    stack_[i].flags |= kLeaks;
    if (stack_[i].tag == Tag::table_ || stack_[i].tag == Tag::template_) return;
  }
}

uint32_t TreeSimulator::lasting(const OpenElement& element, bool ending) const noexcept {
  // What the list has from the element's own marker on goes with it.
  const bool marks = has_any(element.tag, kCell) || element.tag == Tag::caption_ ||
                     element.tag == Tag::applet_ || element.tag == Tag::marquee_ ||
                     element.tag == Tag::object_ || element.tag == Tag::template_;
  uint64_t hash = ending && marks ? formatting_.hash_before_marker() : formatting_.hash();
  const uint32_t serial = element.serial;
  if (formatting_.find(serial) != FormattingList::kNotFound) hash -= FormattingList::mixed(serial);
  if (form_serial_ != 0 && form_serial_ != serial) hash += 3 * FormattingList::mixed(form_serial_);
  return static_cast<uint32_t>(hash ^ hash >> 32) | 1;
}

void TreeSimulator::insert(const TagToken& t, Tag tag, Space space, bool then_pop, uint8_t flags) noexcept {
  const size_t own = stack_.size();
  if (stack_.full()) return give_up(Skip::kDepth);
  if (fosters()) mark_leaks();
  const uint8_t inherited = own == 0 ? 0 : stack_.top().flags & kInherited;
  const bool wanted =
      (gate_.wants(tag, t.attribute_bits) || PageSigns::may_be_root(tag, t.attribute_bits, t.rest())) &&
      (inherited & kInShadow) == 0;
  if (then_pop && !wanted && !gate_.drops) return;  // a void element that the observer does not want
  OpenElement& element = stack_.next();
  element.key = tag == Tag::img_ ? key_of("img") : t.key;
  element.record = kNoRecord;
  element.children = 0;
  element.serial = 0;
  element.types = 0;
  element.space = space;
  element.flags = flags | inherited;
  element.within = own == 0 ? uint8_t{0} : stack_.top().within;
  if (space == Space::kHtml) {
    if (tag == Tag::kNone_ && is_custom_element(t.name)) element.flags |= kCustomElement;
    element.tag = tag;
    element.traits = traits_of(tag);
  } else {
    element.tag = Tag::kNone_;
    element.traits =
        (flags & (kHtmlPoint | kTextPoint)) != 0 || tag == Tag::annotation_xml_ ? kSpecial | kScope : 0;
  }
  if (fosters()) element.flags |= kUncertain;
  stack_.push_filled();
  if (wanted) announce(t, tag, then_pop);
  if (then_pop) {
    if (gate_.drops) observer_.dropped(stack_.top());
    stack_.pop();
  }
}

/// Tells the observer of the element on top.
void TreeSimulator::announce(const TagToken& t, Tag tag, bool is_void) noexcept {
  Opening opening;
  opening.token = &t;
  opening.tag = tag;
  opening.own = stack_.size() - 1;
  opening.parent = opening.own == 0 ? 0 : opening.own - 1;
  if (foster_ && opening.own != 0 && has_any(stack_[opening.parent].tag, kFosters))
    opening.parent = foster_parent();
  opening.is_void = is_void;
  opening.ended_before = ended_.outermost();
  opening.lasting = lasting(stack_.top(), false);
  opening.reopens = reopened_;
  opening.behind_newline_eater = t.begin != 0 && t.begin == newline_eater_end_;
  stack_.top().record = observer_.opened(opening);
  if (stack_.top().record != kNoRecord && has_any(tag, kFosters)) ++watched_tables_;
}

void TreeSimulator::insert_implied(Tag tag) noexcept {
  if (stack_.full()) return give_up(Skip::kDepth);
  OpenElement element;
  element.key = key_of(name_of(tag));
  element.tag = tag;
  element.traits = traits_of(tag);
  const uint8_t inherited = stack_.size() == 0 ? 0 : stack_.top().flags & kInherited;
  element.flags = kNoTag | inherited;
  if (stack_.size() != 0) element.within = stack_.top().within;
  stack_.push(element);
  if (!gate_.every || (element.flags & kInShadow) != 0) return;
  Opening opening;
  opening.tag = tag;
  opening.own = stack_.size() - 1;
  opening.parent = opening.own == 0 ? 0 : opening.own - 1;
  observer_.opened(opening);
}

/// On the stack a template stands for it. Nothing in it is told to the observer: selectors of the document do
/// not see it.
void TreeSimulator::insert_shadow_root() noexcept {
  if (stack_.full()) return give_up(Skip::kDepth);
  OpenElement element;
  element.key = key_of(name_of(Tag::template_));
  element.tag = Tag::template_;
  element.traits = traits_of(Tag::template_);
  element.flags = stack_.top().flags & kInherited;
  element.flags |= kInShadow;
  element.within = stack_.top().within;
  stack_.push(element);
}

/// What the attributes of a late html or body start tag add to the element at `index` (HTML 13.2.6.4.7).
void TreeSimulator::merge(size_t index, const TagToken& t) noexcept {
  if (t.attribute_bits != 0 && !stack_.has(Tag::template_)) observer_.merged(index, t);
}

void TreeSimulator::insert_raw(const TagToken& t, Content content) noexcept {
  insert(t, t.tag);
  content_ = content;
  in_raw_text_ = true;
}

void TreeSimulator::tell_end(OpenElement& element, bool ambiguous) noexcept {
  if (has_any(element.tag, kFosters)) --watched_tables_;
  Ending ending;
  const bool own_end_tag = token_ != nullptr && token_->is_end && token_->key == element.key;
  ending.content_end = at_;
  ending.end = own_end_tag ? token_->end : at_;
  ending.ended_inside = ended_.outermost();
  ending.depth = static_cast<uint32_t>(&element - &stack_[0]);
  ending.lasting = lasting(element, true);
  ending.endable = ended_.allow_end(element.tag);
  if (token_ != nullptr && token_->is_long) ending.long_tag_end = token_->end;
  ending.ambiguous = ambiguous;
  ending.shadow_host = (element.flags & kShadowHost) != 0;
  // A tag that came by the rules of HTML inside svg or math would come by theirs without what is inside.
  const bool left_foreign = element.space != Space::kHtml && !own_end_tag && ending.ended_inside;
  ending.escapes = (element.flags & kLeaks) != 0 || left_foreign;
  ending.outlasts = element.serial != 0 &&
                    (form_serial_ == element.serial ||
                     (!own_end_tag && formatting_.find(element.serial) != FormattingList::kNotFound));
  observer_.ended(element.record, ending);
  element.record = kNoRecord;
}

void TreeSimulator::pop() noexcept {
  OpenElement& element = stack_.top();
  end_record(element, false);
  if (element.serial != 0) {
    const size_t at = formatting_.find(element.serial);
    if (at != FormattingList::kNotFound) formatting_.set_open(at, false);
  }
  if (gate_.drops) observer_.dropped(element);
  // The head that a body's first tag closes does not matter to what is put before that tag.
  if (element.tag != Tag::head_) ended_.add(element.tag, element.traits);
  stack_.pop();
}

void TreeSimulator::pop_to(size_t index) noexcept {
  while (stack_.size() > index) pop();
}

void TreeSimulator::remove_from_middle(size_t index) noexcept {
  if (index + 1 == stack_.size()) return pop();
  for (size_t i = index; i < stack_.size(); ++i) {
    end_record(stack_[i], true);
    stack_[i].flags |= kUncertain;
    ++steps_;
  }
  OpenElement& element = stack_[index];
  if (element.serial != 0) {
    const size_t at = formatting_.find(element.serial);
    if (at != FormattingList::kNotFound) formatting_.set_open(at, false);
  }
  if (gate_.drops) observer_.dropped(element);
  stack_.remove(index);
  observer_.shifted(index, false);
}

void TreeSimulator::give_up(Skip reason) noexcept {
  if (gave_up_ == Skip::kNone) gave_up_ = reason;
}

}  // namespace abm::rewrite
