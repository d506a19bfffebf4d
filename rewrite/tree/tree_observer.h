// What tree construction tells of elements as they open and end, and of which ones it needs to tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/scan/token.h"
#include "rewrite/tree/ended_elements.h"
#include "rewrite/tree/open_elements.h"

namespace abm::rewrite {

/// An element that opens.
struct Opening {
  const TagToken* token = nullptr;    ///< nullptr: the element is implied, or a copy made by reconstruction
  Tag tag = Tag::kNone_;              ///< `image` is `img` here
  size_t parent = 0;                  ///< index of its parent; the parent of index 0 is the document
  size_t own = 0;                     ///< index that it has on the stack
  bool is_void = false;               ///< void, or self-closed in foreign content: it has no ending
  EndedElement ended_before;          ///< what its start tag ended
  uint32_t lasting = 0;               ///< before its start tag: see Ending
  bool reopens = false;               ///< its start tag reopened formatting elements around it, too
  bool behind_newline_eater = false;  ///< right behind the start tag of pre, listing
};

/// How an element ended.
struct Ending {
  uint64_t content_end = 0;   ///< begin of its end tag, or of what implied the end
  uint64_t end = 0;           ///< after its end tag; == content_end where the end is implied
  EndedElement ended_inside;  ///< what ended inside it at the same time
  /// Of the tag that ended it, if that is longer than is held, so that its bytes may have left; otherwise 0.
  uint64_t long_tag_end = 0;
  uint32_t depth = 0;    ///< its index on the stack
  uint32_t lasting = 0;  ///< hash of what has effect on what follows: the formatting list, the form pointer;
                         ///< 0: nothing follows
  bool endable = true;   ///< its own end tag, written where it ends, would end it
  bool ambiguous =
      false;  ///< it was moved, or elements that began inside stay open: its bytes are not its content
  bool escapes = false;   ///< something in its bytes stands in front of it in the tree (misplaced in a table)
  bool outlasts = false;  ///< its start tag has effect on what follows
  bool page_end = false;  ///< a complete page ended it; `content_end` is before "</body>" then
  bool unended = false;   ///< the same, although its end tag may not be left out (HTML 13.1.2.4)
  bool closed = true;     ///< false: still open where the scan of an incomplete page ended
  bool shadow_host = false;  ///< its content has its shadow root, which no edit of the content may take away
};

class TreeObserver {
 public:
  /// Returns the element's record, or kNoRecord.
  virtual uint32_t opened(const Opening& opening) noexcept = 0;
  virtual void ended(uint32_t record, const Ending& ending) noexcept = 0;
  /// An element is about to leave the stack; told of every one where MatchGate::drops is set.
  virtual void dropped(const OpenElement& element) noexcept = 0;
  /// The elements from index `from` on moved by one place, up or down.
  virtual void shifted(size_t from, bool up) noexcept = 0;
  /// A late start tag: the open element at `index`, html or body, gets those of its attributes that it lacks.
  virtual void merged(size_t index, const TagToken& token) noexcept = 0;
  /// Which attributes it looks at: the union of their attribute_bit, and whether one of that name.
  [[nodiscard]] virtual uint64_t asked_attributes() const noexcept = 0;
  [[nodiscard]] virtual bool asks_attribute(std::string_view lower_name) const noexcept = 0;

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

}  // namespace abm::rewrite
