// Tree construction (HTML 13.2.6) on the stack alone: which tags open an element, which end one, and how the
// bytes after a start tag are tokenized. No tree is built; the observer learns of elements as they open and
// end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "rewrite/edit.h"
#include "rewrite/scan/tokenizer.h"
#include "rewrite/tree/open_elements.h"

namespace abm::rewrite {

/// How an element ended.
struct Ending {
  uint64_t content_end = 0;       ///< of its end tag, or of what implied the end
  uint64_t end = 0;               ///< after its end tag; == content_end where the end is implied
  Tag open_inside = Tag::kNone_;  ///< outermost element inside it that this ended too; kNone_ with
                                  ///< has_inside: one that no end tag ends there
  bool has_inside = false;
  bool endable = true;  ///< its own end tag, written where it ends, would end it
  bool ambiguous =
      false;  ///< elements that began inside it stay open, or it was moved: its bytes are not its content
  bool closed = true;  ///< false: still open at the end of the page
};

/// An element that is about to be on the stack.
struct Opening {
  const TagToken* token = nullptr;  ///< nullptr: implied, or a copy that reconstruction made
  Tag tag = Tag::kNone_;            ///< `image` is `img` here
  size_t parent = 0;                ///< index of its parent; the parent of index 0 is the document
  size_t own = 0;                   ///< index that it has on the stack
  bool is_void = false;             ///< void, or self-closed in foreign content: it has no ending
  Tag closed_before =
      Tag::kNone_;  ///< outermost element that its start tag ended; kNone_: no end tag ends it there
  bool has_closed_before = false;
};

class TreeObserver {
 public:
  /// Returns the element's record, or kNoRecord.
  virtual uint32_t opened(const Opening& opening) noexcept = 0;
  virtual void ended(uint32_t record, const Ending& ending) noexcept = 0;
  /// An element without ending (`types` is its list of child types) left the stack.
  virtual void dropped(const OpenElement& element) noexcept = 0;
  /// The elements from index `from` on moved by one place, up or down.
  virtual void shifted(size_t from, bool up) noexcept = 0;
  /// A start tag that opened nothing here, though newer parsers would open an element (`select`).
  virtual void refused(const TagToken& token) noexcept = 0;

 protected:
  ~TreeObserver() = default;
};

/// Which start tags the observer wants to hear of; consulted before every virtual call.
struct MatchGate {
  /// Stands for "attributes or none" in a mask; no attribute has this bit.
  static constexpr uint64_t kAnyAttributes = uint64_t{1} << 63;

  bool every = false;  ///< all elements, implied ones too
  bool drops = false;  ///< `dropped` for every element
  /// By listed name: bits of attributes one of which a tag must have, or kAnyAttributes.
  uint64_t masks[kTagCount];

  [[nodiscard]] bool wants(Tag tag, uint64_t attribute_bits) const noexcept {
    return (masks[static_cast<size_t>(tag)] & (attribute_bits | kAnyAttributes)) != 0 || every;
  }
};

class TreeSimulator {
 public:
  TreeSimulator(TreeObserver& observer, MatchGate& gate) noexcept : observer_(observer), gate_(gate) {}
  void use(OpenElement* storage, size_t capacity) noexcept { stack_.use(storage, capacity); }

  [[nodiscard]] Content start_tag(const TagToken& token) noexcept { return start_tag_by_rules(token); }
  /// The start tags that most pages are made of: opens the element and returns true where its name's rule
  /// does no more than that here and nobody asks for it; false where start_tag must be asked. `rest` runs
  /// from the name's end to ">".
  [[nodiscard]] bool plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                 std::string_view rest) noexcept;
  /// False: gave up.
  [[nodiscard]] bool end_tag(const TagToken& token) noexcept;
  /// By far the most common end tag, `name` being its bytes behind "</": the name of the element on top and
  /// ">", where nothing hangs on that element. Pops it and returns the size of name and ">"; 0 where end_tag
  /// must be asked.
  [[nodiscard]] size_t plain_end(const char* name, const char* end) noexcept;
  void doctype(std::string_view text, bool cut) noexcept;
  [[nodiscard]] bool wants_text() const noexcept {
    return frameset_ok_ || (!plain_ && (formatting_.closed() != 0 || mode_ <= Mode::kAfterHead ||
                                        mode_ == Mode::kColumnGroup || mode_ >= Mode::kAfterBody));
  }
  /// Raw bytes between tags, in pieces, wherever wants_text().
  void text(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] bool cdata_allowed() const noexcept {
    return stack_.size() != 0 && stack_.top().space != Space::kHtml;
  }
  /// Ends everything: `closed` false in each Ending.
  void finish(uint64_t offset) noexcept;

  [[nodiscard]] Skip gave_up() const noexcept { return gave_up_; }
  [[nodiscard]] OpenElements& stack() noexcept { return stack_; }

 private:
  enum class Mode : uint8_t {
    kInitial,
    kBeforeHtml,
    kBeforeHead,
    kInHead,
    kAfterHead,
    kInBody,
    kInTable,
    kColumnGroup,
    kInTableBody,
    kInRow,
    kInCell,
    kInCaption,
    kInSelect,
    kInSelectInTable,
    kInTemplate,
    kInFrameset,
    kAfterBody,
    kAfterAfterBody,
    kAfterFrameset,
    kAfterAfterFrameset,
  };
  enum class Quirks : uint8_t { kUnknown, kNo, kYes };
  static constexpr size_t kMaxTemplates = 64;

  /// After every token that went by the rules.
  void find_plain() noexcept {
    plain_ = (mode_ == Mode::kInBody || mode_ == Mode::kInCell) && formatting_.closed() == 0 &&
             !gate_.drops && gave_up_ == Skip::kNone;
  }

  // tree_builder.cpp: dispatch, the modes up to the body, text.
  [[nodiscard]] Content start_tag_by_rules(const TagToken& t) noexcept;
  void by_mode_start(const TagToken& t) noexcept;
  void by_mode_end(const TagToken& t) noexcept;
  void process_start(const TagToken& t) noexcept;
  void process_end(const TagToken& t) noexcept;
  void start_before_head(const TagToken& t) noexcept;
  void start_in_head(const TagToken& t) noexcept;
  void start_after_head(const TagToken& t) noexcept;
  void end_in_head(const TagToken& t) noexcept;
  void leave_head() noexcept;
  void ensure_body() noexcept;
  void reset_mode() noexcept;
  void in_body_text(bool blank_only) noexcept;

  // tree_insertion.cpp
  void insert(const TagToken& t, Tag tag, Space space = Space::kHtml, bool then_pop = false,
              uint8_t flags = 0) noexcept;
  void announce(const TagToken& t, Tag tag, bool is_void) noexcept;
  void insert_implied(Tag tag) noexcept;
  void insert_raw(const TagToken& t, Content content) noexcept;
  void pop() noexcept;
  void pop_to(size_t index) noexcept;  ///< pops until the element at `index` is popped
  void end_record(OpenElement& element, bool ambiguous) noexcept;
  void remove_from_middle(size_t index) noexcept;
  void give_up(Skip reason) noexcept;
  [[nodiscard]] size_t foster_parent() const noexcept;

  // tree_in_body.cpp
  void start_in_body(const TagToken& t) noexcept;
  void end_in_body(const TagToken& t) noexcept;
  void any_other_end(const TagToken& t) noexcept;
  void close_p() noexcept;
  void start_list_item(const TagToken& t) noexcept;
  void start_frameset(const TagToken& t) noexcept;
  void end_form() noexcept;
  void end_body() noexcept;
  void end_heading() noexcept;
  void insert_implied_p() noexcept;
  [[nodiscard]] size_t in_scope(Tag tag, Scope scope = Scope::kDefault) noexcept {
    return stack_.find_in_scope(tag, scope, steps_);
  }
  void implied_ends(Tag except = Tag::kNone_, unsigned which = kImplied) noexcept;
  /// Implied ends, then everything down to the nearest `tag` in scope. False: none in scope.
  bool close(Tag tag, Scope scope = Scope::kDefault, Tag except = Tag::kNone_) noexcept;

  // tree_formatting.cpp
  void reconstruct() noexcept;
  void start_formatting(const TagToken& t) noexcept;
  void end_formatting(const TagToken& t) noexcept;
  void adoption_agency(Tag tag, const TagToken& t) noexcept;
  [[nodiscard]] bool adopt_once(Tag tag, const TagToken& t) noexcept;
  void push_marker() noexcept;
  /// Appends the element that opens now, and returns its serial.
  [[nodiscard]] uint32_t list_formatting(Tag tag, NameKey key, uint64_t attribute_bits,
                                         std::string_view rest) noexcept;

  // tree_tables.cpp
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
  void clear_to(Tag a, Tag b = Tag::kNone_, Tag c = Tag::kNone_) noexcept;
  bool leave_caption() noexcept;
  bool leave_row() noexcept;
  bool leave_table_body() noexcept;
  void close_cell() noexcept;
  void foster_start(const TagToken& t) noexcept;
  void foster_end(const TagToken& t) noexcept;

  // tree_select.cpp: select, template, frameset.
  void start_in_select(const TagToken& t) noexcept;
  void end_in_select(const TagToken& t) noexcept;
  void start_in_template(const TagToken& t) noexcept;
  void end_template() noexcept;
  void start_in_frameset(const TagToken& t) noexcept;
  void end_in_frameset(const TagToken& t) noexcept;

  // tree_foreign.cpp
  void start_in_foreign(const TagToken& t) noexcept;
  void end_in_foreign(const TagToken& t) noexcept;
  [[nodiscard]] bool html_rules_for(const TagToken& t) const noexcept;
  void leave_foreign() noexcept;

  TreeObserver& observer_;
  MatchGate& gate_;
  OpenElements stack_;
  FormattingList formatting_;
  const TagToken* token_ = nullptr;  // being processed; nullptr while text is
  uint64_t at_ = 0;                  // where what implies an end begins
  uint64_t steps_ = 0;               // entries looked at in walks: bounded against the page's size
  Content content_ = Content::kData;
  Mode mode_ = Mode::kInitial;
  Quirks quirks_ = Quirks::kUnknown;
  Skip gave_up_ = Skip::kNone;
  bool in_raw_text_ = false;
  bool foster_ = false;
  bool frameset_ok_ = true;
  bool plain_ = false;  // short ways may be taken: in the body, nothing to reconstruct, drops not asked for
  bool has_head_ = false;
  uint32_t form_serial_ = 0;  // the form element pointer; 0: null
  EndedElements ended_;       // by this token
  Mode template_modes_[kMaxTemplates] = {};
  size_t templates_ = 0;
};

}  // namespace abm::rewrite

#include "rewrite/tree/tree_simulator_plain.h"
