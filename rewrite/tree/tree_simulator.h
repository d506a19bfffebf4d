// Tree construction (HTML 13.2.6) on the stack alone: which tags open an element, which end one, and how the
// bytes after a start tag are tokenized. It builds no tree; an observer learns of elements as they open and
// end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "rewrite/edit.h"
#include "rewrite/framework/page_signs.h"
#include "rewrite/scan/token.h"
#include "rewrite/tree/body_rules.h"
#include "rewrite/tree/ended_elements.h"
#include "rewrite/tree/formatting_list.h"
#include "rewrite/tree/insertion_mode.h"
#include "rewrite/tree/open_elements.h"
#include "rewrite/tree/tree_observer.h"

namespace abm::rewrite {

class TreeSimulator {
 public:
  TreeSimulator(TreeObserver& observer, MatchGate& gate) noexcept : observer_(observer), gate_(gate) {}
  /// Before the first token: where the stack lies, and how deep it may get.
  void use(std::span<OpenElement> storage) noexcept { stack_.use(storage); }

  [[nodiscard]] Content start_tag(const TagToken& token) noexcept;
  /// For the start tags that most pages are made of. Opens the element and returns true if the rule for its
  /// name does no more than that here and the observer does not want to know; false: call start_tag. `rest`
  /// runs from the name's end to ">".
  [[nodiscard]] bool plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                 std::string_view rest) noexcept;
  /// False: gave up.
  [[nodiscard]] bool end_tag(const TagToken& token) noexcept;
  /// For by far the most common end tags. If `name`, the bytes after "</", is the name of the element on top
  /// and ">", and the observer does not wait for that element, pops it and returns the size of name and ">".
  /// 0: call end_tag.
  [[nodiscard]] size_t plain_end(const char* name, const char* end) noexcept;
  void doctype(std::string_view text, bool cut) noexcept;
  [[nodiscard]] bool wants_text() const noexcept {
    return frameset_ok_ ||
           (!plain_ && (formatting_.closed() != 0 || text_changes_mode(mode_) || watched_tables_ != 0));
  }
  /// Raw bytes between tags, in pieces, while wants_text() is true.
  void text(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] bool cdata_allowed() const noexcept {
    return stack_.size() != 0 && stack_.top().space != Space::kHtml;
  }
  /// Which attributes tree construction and the observer look at, as the observer says it.
  [[nodiscard]] uint64_t asked_attributes() const noexcept;
  [[nodiscard]] bool asks_attribute(std::string_view lower_name) const noexcept;
  /// Ends every open element: as the end of a `complete` page does, or with `closed` false.
  void finish(uint64_t offset, bool complete) noexcept;

  [[nodiscard]] Skip gave_up() const noexcept { return gave_up_; }
  [[nodiscard]] OpenElements& stack() noexcept { return stack_; }
  /// What the current element lies in, or is (OpenElement::within).
  [[nodiscard]] uint8_t within() const noexcept {
    return stack_.size() == 0 ? uint8_t{0} : stack_.top().within;
  }
  /// Whether the page's doctype, or its lack, sets quirks mode.
  [[nodiscard]] bool quirks() const noexcept { return quirks_ == Quirks::kYes; }

 private:
  using Mode = InsertionMode;
  enum class Quirks : uint8_t { kUnknown, kNo, kYes };

  /// After every token that went by the rules.
  void find_plain() noexcept {
    plain_ = (mode_ == Mode::kInBody || mode_ == Mode::kInCell) && formatting_.closed() == 0 &&
             !gate_.drops && gave_up_ == Skip::kNone;
  }

  // tree_simulator.cpp: what goes by which mode, text.
  void by_mode_start(const TagToken& t) noexcept;
  void by_mode_end(const TagToken& t) noexcept;
  void process_start(const TagToken& t) noexcept;
  void process_end(const TagToken& t) noexcept;
  void reset_mode() noexcept;
  void in_body_text(bool blank_only) noexcept;

  // in_head.cpp: the modes up to the body.
  void start_before_html(const TagToken& t) noexcept;
  void start_before_head(const TagToken& t) noexcept;
  void start_in_head(const TagToken& t) noexcept;
  void start_after_head(const TagToken& t) noexcept;
  void end_before_head(const TagToken& t) noexcept;
  void end_in_head(const TagToken& t) noexcept;
  void end_after_head(const TagToken& t) noexcept;
  void leave_head() noexcept;
  void ensure_body() noexcept;

  // insertion.cpp
  void insert(const TagToken& t, Tag tag, Space space = Space::kHtml, bool then_pop = false,
              uint8_t flags = 0) noexcept;
  void insert_void(const TagToken& t, Tag tag) noexcept { insert(t, tag, Space::kHtml, true); }
  void announce(const TagToken& t, Tag tag, bool is_void) noexcept;
  void insert_implied(Tag tag) noexcept;
  void insert_shadow_root() noexcept;
  void merge(size_t index, const TagToken& t) noexcept;
  void insert_raw(const TagToken& t, Content content) noexcept;
  void pop() noexcept;
  void pop_to(size_t index) noexcept;  ///< pops until the element at `index` is popped
  /// The element ends; told to the observer if it waits for that.
  void end_record(OpenElement& element, bool ambiguous) noexcept {
    if (element.record != kNoRecord) tell_end(element, ambiguous);
  }
  void tell_end(OpenElement& element, bool ambiguous) noexcept;
  void remove_from_middle(size_t index) noexcept;
  void give_up(Skip reason) noexcept;
  /// Whether what is inserted now goes in front of the table.
  [[nodiscard]] bool fosters() const noexcept { return foster_ && has_any(stack_.top_tag(), kFosters); }
  void mark_leaks() noexcept;
  /// Ending::lasting, but for what `element` itself added; at its end, if it is ending.
  [[nodiscard]] uint32_t lasting(const OpenElement& element, bool ending) const noexcept;
  [[nodiscard]] size_t foster_parent() const noexcept;

  // start_in_body.cpp
  void start_in_body(const TagToken& t) noexcept;
  void start_applet(const TagToken& t) noexcept;
  void start_body(const TagToken& t) noexcept;
  void start_button(const TagToken& t) noexcept;
  void start_foreign(const TagToken& t) noexcept;
  void start_form(const TagToken& t) noexcept;
  void start_frameset(const TagToken& t) noexcept;
  void start_heading(const TagToken& t) noexcept;
  void start_list_item(const TagToken& t) noexcept;
  void start_plaintext(const TagToken& t) noexcept;
  void start_ruby(const TagToken& t, Tag except) noexcept;
  void start_table(const TagToken& t) noexcept;
  void start_void(const TagToken& t, Tag tag) noexcept;
  void start_xmp(const TagToken& t) noexcept;

  // end_in_body.cpp
  void end_in_body(const TagToken& t) noexcept;
  void any_other_end(const TagToken& t) noexcept;
  void end_body() noexcept;
  void end_br() noexcept;
  void end_form() noexcept;
  void end_heading() noexcept;
  void end_html(const TagToken& t) noexcept;
  void end_html_after_body() noexcept;
  void end_p() noexcept;
  void close_p() noexcept;
  /// Whether the root's child on the stack is the body, not a frameset or the head.
  [[nodiscard]] bool has_body() const noexcept { return stack_.size() > 1 && stack_[1].tag == Tag::body_; }
  [[nodiscard]] size_t in_scope(Tag tag, Scope scope = Scope::kDefault) noexcept {
    return stack_.find_in_scope(tag, scope, steps_);
  }
  void implied_ends(Tag except = Tag::kNone_, TagFlags which = kImplied) noexcept;
  /// Implied ends, then everything down to the nearest `tag` in scope. False: none in scope.
  bool close(Tag tag, Scope scope = Scope::kDefault, Tag except = Tag::kNone_) noexcept;

  // formatting.cpp
  void reconstruct() noexcept;
  void start_formatting(const TagToken& t) noexcept;
  void end_formatting(const TagToken& t) noexcept;
  void adoption_agency(Tag tag, const TagToken& t) noexcept;
  [[nodiscard]] bool adopt_once(Tag tag, const TagToken& t) noexcept;
  void push_marker() noexcept;
  /// Appends the element that opens now, and returns its serial.
  [[nodiscard]] uint32_t list_formatting(Tag tag, NameKey key, uint64_t attribute_bits,
                                         std::string_view rest) noexcept;
  /// Whether the start tag has the attribute, kept or cut.
  [[nodiscard]] static bool has_attribute(const TagToken& t, std::string_view name) noexcept;

  // in_table.cpp
  void start_in_table(const TagToken& t) noexcept;
  void end_in_table(const TagToken& t) noexcept;
  void start_in_table_body(const TagToken& t) noexcept;
  void end_in_table_body(const TagToken& t) noexcept;
  void start_in_row(const TagToken& t) noexcept;
  void end_in_row(const TagToken& t) noexcept;
  void start_in_cell(const TagToken& t) noexcept;
  void end_in_cell(const TagToken& t) noexcept;
  void start_in_caption(const TagToken& t) noexcept;
  void end_in_caption(const TagToken& t) noexcept;
  void start_in_column_group(const TagToken& t) noexcept;
  void end_in_column_group(const TagToken& t) noexcept;
  void clear_to(Tag context) noexcept;
  void clear_to_section() noexcept;
  bool leave_caption() noexcept;
  bool leave_row() noexcept;
  bool leave_table_body() noexcept;
  void close_cell() noexcept;
  void foster_start(const TagToken& t) noexcept;
  void foster_end(const TagToken& t) noexcept;

  // in_select.cpp
  void start_select(const TagToken& t) noexcept;
  void start_option(const TagToken& t) noexcept;
  void start_optgroup(const TagToken& t) noexcept;
  void start_hr(const TagToken& t) noexcept;
  void start_input(const TagToken& t) noexcept;
  void end_option(const TagToken& t) noexcept;
  [[nodiscard]] bool select_in_scope() noexcept { return in_scope(Tag::select_) != OpenElements::kNotFound; }
  void leave_select() noexcept;
  void doubt_options() noexcept;

  // in_template.cpp: templates, shadow roots and framesets.
  void start_template(const TagToken& t) noexcept;
  [[nodiscard]] bool opens_shadow_root(const TagToken& t) const noexcept;
  void start_in_template(const TagToken& t) noexcept;
  void end_template() noexcept;
  void start_in_frameset(const TagToken& t) noexcept;
  void end_in_frameset(const TagToken& t) noexcept;

  // in_foreign.cpp
  void start_in_foreign(const TagToken& t) noexcept;
  void end_in_foreign(const TagToken& t) noexcept;
  [[nodiscard]] bool html_rules_for(const TagToken& t) const noexcept;
  void leave_foreign() noexcept;

  TreeObserver& observer_;
  MatchGate& gate_;
  OpenElements stack_;
  FormattingList formatting_;
  const TagToken* token_ = nullptr;  // the tag being processed; nullptr in text
  uint64_t at_ = 0;                  // begin of the tag or text being processed
  uint64_t body_end_ = 0;            // begin of the last "</body>"
  uint64_t newline_eater_end_ = 0;   // end of the last start tag that drops a line break behind it
  uint64_t steps_ = 0;               // entries of the stack looked at so far: bounded by the page's size
  Content content_ = Content::kData;
  Mode mode_ = Mode::kInitial;
  Quirks quirks_ = Quirks::kUnknown;
  Skip gave_up_ = Skip::kNone;
  bool in_raw_text_ = false;
  bool foster_ = false;
  bool reopened_ = false;  // by the start tag being processed
  bool frameset_ok_ = true;
  bool plain_ = false;  // the short ways may be taken: in the body, nothing to reconstruct, no drops wanted
  bool has_head_ = false;
  uint32_t watched_tables_ = 0;  // records of elements out of which text would go in front of a table
  uint32_t form_serial_ = 0;     // the form element pointer; 0: null
  EndedElements ended_;          // by the token being processed
  TemplateModes template_modes_;
};

// The two short ways are what most tags of most pages need: they inline into the tokenizer. Where plain_ is
// true, the stack is never empty.
[[gnu::always_inline]] inline bool TreeSimulator::plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                                              std::string_view rest) noexcept {
  const BodyStart rule = body_start_of(tag);
  if (rule > BodyStart::kLastPlain || !plain_ || gate_.wants(tag, attribute_bits) || stack_.full() ||
      PageSigns::may_be_root(tag, attribute_bits, rest) || (tag == Tag::kNone_ && may_be_custom_element(key)))
    return false;
  const OpenElement& parent = stack_.top();
  if (parent.space != Space::kHtml) return false;
  uint32_t serial = 0;
  switch (rule) {
    case BodyStart::kVoid:
      frameset_ok_ = false;
      return true;
    case BodyStart::kAnyFormatting:
      // No entry is closed here, so an "a" of the list is open.
      if (formatting_.full() || (tag == Tag::a_ && stack_.has(Tag::a_))) return false;
      serial = list_formatting(tag, key, attribute_bits, rest);
      break;
    case BodyStart::kListItem:
      // Inside a list of its own, an item does not end the one around it.
      if (stack_.has(Tag::p_) || (stack_.has(Tag::li_) && parent.tag != Tag::ul_ && parent.tag != Tag::ol_))
        return false;
      frameset_ok_ = false;
      break;
    case BodyStart::kAnyHeading:
      if ((parent.traits & kHeading) != 0) return false;
      [[fallthrough]];
    case BodyStart::kAnyBlock:
      if (stack_.has(Tag::p_)) return false;
      break;
    default:
      break;
  }
  OpenElement& element = stack_.next();
  element = {};
  element.key = key;
  element.serial = serial;
  element.tag = tag;
  element.traits = traits_of(tag);
  element.flags = parent.flags & kInherited;
  element.within = parent.within;
  stack_.push_listed(tag);
  return true;
}

inline size_t TreeSimulator::plain_end(const char* name, const char* end) noexcept {
  if (std::endian::native != std::endian::little || !plain_ || end - name < 8) return 0;
  const OpenElement& top = stack_.top();
  if ((top.traits & (kPlainEnd | kFormatting)) == 0 || top.record != kNoRecord) return 0;
  const size_t size = packed_size(top.key);
  if (size >= 8) return 0;
  // The name as the key has it, then ">", in one comparison. Names in upper case go the long way.
  uint64_t word;
  std::memcpy(&word, name, sizeof(word));
  if (((word ^ (top.key | uint64_t{'>'} << (8 * size))) << (56 - 8 * size)) != 0) return 0;
  if ((top.traits & kFormatting) != 0 && !formatting_.pop_last(top.serial)) return 0;
  stack_.pop();
  return size + 1;
}

}  // namespace abm::rewrite
