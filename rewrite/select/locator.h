// The locating half: bytes in, found elements out. Tokenizer, tree construction and selector matching
// composed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/edit.h"
#include "rewrite/scan/charset.h"
#include "rewrite/select/match_element.h"
#include "rewrite/select/selector_set.h"
#include "rewrite/tree/element_span.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

/// An element that at least one active selector matches, at its start tag.
struct Found {
  ElementSpan span;                 ///< as far as the start tag tells
  std::span<const uint32_t> slots;  ///< ascending; valid during the call
};

class LocatorSink {
 public:
  /// Returns the element's record (not kNoRecord), or kNoRecord if its end is of no interest. Ends of a void
  /// element are not reported.
  virtual uint32_t found(const Found& found) noexcept = 0;
  virtual void ended(uint32_t record, const Ending& ending) noexcept = 0;
  /// A match at `offset` that cannot be relied on.
  virtual void uncertain(std::span<const uint32_t> slots, uint64_t offset) noexcept = 0;

 protected:
  ~LocatorSink() = default;
};

struct LocatorOptions {
  const SelectorSet* selectors = nullptr;  ///< borrowed
  std::span<const uint32_t>
      active;  ///< slots to look for, ascending; empty: all. Read while constructing only
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
  ~Locator();
  Locator(const Locator&) = delete;
  Locator& operator=(const Locator&) = delete;
  [[nodiscard]] static size_t bytes_needed(const LocatorOptions& options) noexcept;

  /// Scans the page's bytes at `offset`. Returns how many it is done with: the rest is an incomplete tag,
  /// which must come again with `completing(...)` bytes more. Ignores everything once gave_up() is set.
  size_t scan(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] size_t completing(std::string_view more) noexcept { return tokenizer_.completing(more); }
  /// The page ends at `offset`, or nothing more is looked at: open elements end as not closed.
  void finish(uint64_t offset) noexcept;
  [[nodiscard]] Skip gave_up() const noexcept { return gave_up_; }

 private:
  friend class Tokenizer<Locator>;
  struct TypeCount {
    NameKey key;
    uint32_t count;
    uint16_t next;
  };
  static constexpr size_t kTypeCounts = 1024;
  static constexpr size_t kMaxName = 128;
  static constexpr int kMaxTypesPerParent = 64;

  // What Tokenizer calls.
  [[nodiscard]] Content start_tag(const TagToken& token) noexcept {
    if (charset_ == Charset::kUnlabelled && token.tag == Tag::meta_ && !take_meta(token))
      return Content::kStop;
    return tree_.start_tag(token);
  }
  [[nodiscard]] bool plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                 std::string_view rest) noexcept {
    return tree_.plain_start(tag, key, attribute_bits, rest);
  }
  [[nodiscard]] bool end_tag(const TagToken& token) noexcept { return tree_.end_tag(token); }
  [[nodiscard]] size_t plain_end(const char* name, const char* end) noexcept {
    return tree_.plain_end(name, end);
  }
  [[nodiscard]] bool wants_text() const noexcept { return tree_.wants_text(); }
  void text(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] bool cdata_allowed() const noexcept { return tree_.cdata_allowed(); }
  [[nodiscard]] Charset charset() const noexcept { return charset_; }
  void doctype(std::string_view text, bool cut) noexcept { tree_.doctype(text, cut); }
  void comment(uint64_t, uint64_t, uint64_t, uint64_t) noexcept {}
  void cdata(uint64_t, uint64_t) noexcept {}

  // TreeObserver.
  uint32_t opened(const Opening& opening) noexcept override;
  [[nodiscard]] std::span<uint32_t> without_relatives(std::span<uint32_t> slots, uint64_t begin) noexcept;
  void ended(uint32_t record, const Ending& ending) noexcept override { sink_.ended(record, ending); }
  void dropped(const OpenElement& element) noexcept override;
  void shifted(size_t from, bool up) noexcept override;
  void refused(const TagToken& token) noexcept override;

  [[nodiscard]] uint64_t* frame(size_t index) noexcept { return frames_ + index * frame_words_; }
  [[nodiscard]] std::string_view lower_name(const TagToken* token, Tag tag) noexcept;
  [[nodiscard]] uint64_t mask_of(Tag tag, std::string_view name) noexcept;
  [[nodiscard]] uint32_t count_type(OpenElement& parent, NameKey key) noexcept;
  /// A UTF-16 byte order mark gives up; that of UTF-8 beats the label (Encoding standard, "decode").
  [[nodiscard]] bool take_bom(std::string_view bytes, uint64_t offset) noexcept;
  [[nodiscard]] bool take_meta(const TagToken& token) noexcept;

  LocatorSink& sink_;
  MatchGate gate_;
  TreeSimulator tree_;
  Tokenizer<Locator> tokenizer_;
  SelectorMatcher matcher_;
  ValueArena arena_;
  MemorySource memory_;
  uint64_t* frames_ = nullptr;  // frame i + 1 is that of stack entry i; frame 0 is the document's
  size_t frame_words_ = 0;
  uint32_t* matched_ = nullptr;
  size_t matched_capacity_ = 0;
  TypeCount* types_ = nullptr;  // a pool of lists; 0 ends a list
  uint16_t free_types_ = 0;
  bool counts_children_ = false, counts_types_ = false;
  Charset charset_;
  Skip gave_up_ = Skip::kNone;
  uint8_t bom_size_ = 0;
  unsigned char bom_[3] = {};
  char name_[kMaxName];
};

}  // namespace abm::rewrite
