// The locating half: bytes in, found elements out. It joins tokenizer, tree construction and selector
// matching.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/edit.h"
#include "rewrite/framework/element_place.h"
#include "rewrite/framework/page_signs.h"
#include "rewrite/scan/charset.h"
#include "rewrite/scan/tokenizer.h"
#include "rewrite/select/late_attributes.h"
#include "rewrite/select/match_element.h"
#include "rewrite/select/selector_set.h"
#include "rewrite/select/type_counts.h"
#include "rewrite/tree/element_span.h"
#include "rewrite/tree/token_feed.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

/// An element that at least one active selector matches, at its start tag.
struct Found {
  ElementSpan span;                 ///< as far as the start tag tells
  std::span<const uint32_t> slots;  ///< ascending; valid during the call
  ElementPlace place;
};

class LocatorSink {
 public:
  /// Returns the element's record, or kNoRecord if its end does not matter. The end of a void element is not
  /// reported.
  virtual uint32_t found(const Found& found) noexcept = 0;
  virtual void ended(uint32_t record, const Ending& ending) noexcept = 0;
  /// A match at `offset` that cannot be relied on, or could not be looked for.
  virtual void uncertain(std::span<const uint32_t> slots, uint64_t offset, Skip reason) noexcept = 0;

 protected:
  ~LocatorSink() = default;
};

struct LocatorOptions {
  const SelectorSet* selectors = nullptr;  ///< borrowed
  std::span<const uint32_t>
      active;         ///< slots to look for, ascending; empty: all of the set. Read while constructing only
  bool head = false;  ///< selectors->head_slot(), too; implied where `active` names it
  Charset charset = Charset::kUtf8;
  size_t max_tag = 16384;
  uint32_t max_depth = 512;
  MemorySource memory = MemorySource::heap();  ///< for decoded values, and counts of :nth-of-type
};

class Locator final : private TreeObserver {
 public:
  /// `storage` is bytes_needed(options) bytes, aligned for uint64_t, and outlives the locator, as do
  /// selectors and sink.
  Locator(const LocatorOptions& options, void* storage, LocatorSink& sink) noexcept;
  Locator(const Locator&) = delete;
  Locator& operator=(const Locator&) = delete;
  [[nodiscard]] static size_t bytes_needed(const LocatorOptions& options) noexcept;

  /// Scans the page's bytes at `offset`. Returns how many of them are finished: the rest is an incomplete
  /// tag, which must come again with `completing(...)` more bytes. Ignores everything after it gave up.
  size_t scan(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] size_t completing(std::string_view more) noexcept { return tokenizer_.completing(more); }
  /// After a scan that did not finish its bytes: whether a tag waits for its end, or a "<" for what it opens.
  [[nodiscard]] bool incomplete_tag() const noexcept { return tokenizer_.incomplete_tag(); }
  /// Whether it is in a tag that is not held: the next ">" may end it, and nothing else may.
  [[nodiscard]] bool in_long_tag() const noexcept { return tokenizer_.in_long_tag(); }
  /// Whether the next bytes mean something if they are text, too.
  [[nodiscard]] bool wants_text() const noexcept { return feed_.wants_text(); }
  /// Whether what was told of a slot may depend on which others are looked for: a long tag's attributes were
  /// not all kept, or those of html and body.
  [[nodiscard]] bool depends_on_active() const noexcept { return lost_attributes_ || all_doubted_; }
  /// The page ends at `offset`, or is scanned no further. Open elements end; as not closed unless the page is
  /// `complete` and ends in text.
  void finish(uint64_t offset, bool complete) noexcept;
  [[nodiscard]] Skip gave_up() const noexcept { return gave_up_; }
  /// What was seen so far of the page's framework.
  [[nodiscard]] const PageSigns& signs() const noexcept { return signs_; }

 private:
  static constexpr size_t kMaxName = 128;

  // TreeObserver.
  uint32_t opened(const Opening& opening) noexcept override;
  /// Slots whose selector matches the element, which is not implied.
  [[nodiscard]] std::span<uint32_t> match(const Opening& opening, uint32_t child_index,
                                          uint32_t type_index) noexcept;
  [[nodiscard]] std::span<uint32_t> without_relatives(std::span<uint32_t> slots, uint64_t begin) noexcept;
  void ended(uint32_t record, const Ending& ending) noexcept override { sink_.ended(record, ending); }
  void dropped(const OpenElement& element) noexcept override { types_.drop(element); }
  void shifted(size_t from, bool up) noexcept override;
  void merged(size_t index, const TagToken& token) noexcept override;

  // locator_late.cpp
  void keep_attributes(const Opening& opening, uint32_t child_index, uint32_t type_index) noexcept;
  [[nodiscard]] std::span<uint32_t> match_late(size_t index, std::span<uint64_t> steps,
                                               std::span<uint32_t> matched) noexcept;
  void spread(size_t index, bool has_body, uint64_t offset) noexcept;
  /// From here on, what the frames say of the slot may be wrong.
  void doubt(uint32_t slot) noexcept {
    late_.doubted[slot / 64] |= uint64_t{1} << slot % 64;
    any_doubted_ = true;
  }
  [[nodiscard]] bool is_doubted(uint32_t slot) const noexcept {
    return (late_.doubted[slot / 64] >> slot % 64 & 1) != 0;
  }
  void doubt_type_indices(uint64_t offset) noexcept;
  [[nodiscard]] std::span<uint32_t> without_doubted(std::span<uint32_t> slots, uint64_t begin) noexcept;
  [[nodiscard]] uint64_t asked_attributes() const noexcept override {
    return matcher_.asked_attributes() | PageSigns::asked_attributes();
  }
  [[nodiscard]] bool asks_attribute(std::string_view lower_name) const noexcept override {
    return matcher_.asks_attribute(lower_name) || PageSigns::asks_attribute(lower_name);
  }
  /// For a tag that lost attributes to its length: keeps the slots that do not ask for those, and reports all
  /// that do; from here on, those among them that look at relatives are doubted.
  [[nodiscard]] std::span<uint32_t> without_cut(std::span<uint32_t> slots, const Opening& opening) noexcept;

  [[nodiscard]] uint64_t* frame(size_t index) noexcept { return frames_.data() + index * frame_words_; }
  [[nodiscard]] std::string_view lower_name(const TagToken* token, Tag tag) noexcept;
  [[nodiscard]] uint64_t mask_of(Tag tag, std::string_view name) noexcept;

  LocatorSink& sink_;
  PageSigns signs_;
  uint32_t head_slot_;
  bool wants_head_;
  MatchGate gate_;
  TreeSimulator tree_;
  TokenFeed feed_;
  Tokenizer<TokenFeed> tokenizer_;
  SelectorMatcher matcher_;
  ValueArena arena_;
  TypeCounts types_;
  std::span<uint64_t> frames_;  // frame i + 1 is that of stack entry i; frame 0 is the document's
  size_t frame_words_ = 0;
  std::span<uint32_t> matched_;
  bool counts_children_ = false, counts_types_ = false, types_lost_ = false;
  LateAttributes html_, body_;
  /// For html (0) and body (1) when a tag adds to their attributes.
  struct Late {
    std::span<uint64_t> html_frame;              ///< as the body found it
    std::array<std::span<uint64_t>, 2> before;   ///< steps that they matched
    std::span<uint64_t> after;                   ///< steps that the one looked at matches now
    std::array<std::span<uint32_t>, 2> earlier;  ///< slots that they matched
    std::span<uint64_t> doubted;                 ///< bit per slot
  } late_;
  bool opened_in_body_ = false;
  bool any_doubted_ = false, all_doubted_ = false, lost_attributes_ = false;
  Skip gave_up_ = Skip::kNone;
  char name_[kMaxName];
};

}  // namespace abm::rewrite
