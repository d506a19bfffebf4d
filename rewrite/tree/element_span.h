// Where an element lies in the page, and what else its tags end: all that splicing needs to know of it.
#pragma once

#include <cstdint>

#include "rewrite/tree/ended_elements.h"
#include "rewrite/tree/tree_observer.h"

namespace abm::rewrite {

/// Offsets are in bytes from the page's start; ranges are half-open. A void or self-closed element has
/// content_begin == content_end == end. Until the element ends, its end is where its content begins.
struct ElementSpan {
  uint64_t begin = 0;          ///< of "<"
  uint64_t content_begin = 0;  ///< after ">"
  uint64_t content_end = 0;    ///< of "</"; == end where the end is implied (no end tag)
  uint64_t end = 0;            ///< after the end tag's ">"
  Tag tag = Tag::kNone_;
  EndedElement ended_before;  ///< what its start tag ended
  EndedElement ended_inside;  ///< what ended inside it at the same time
  bool is_void = false;
  bool raw_text = false;     ///< its content is no markup: script, style …
  bool long_tag = false;     ///< its start tag is longer than is held: its bytes leave before it is known
  bool endable = true;       ///< its own end tag, written where it ends, would end it
  bool by_long_tag = false;  ///< the tag that ended it is longer than is held
  bool ambiguous = false;    ///< misnested: [content_begin, content_end) is not its content
  bool closed = true;        ///< false: no end before the page's end

  void end_as(const Ending& ending) noexcept {
    content_end = ending.content_end;
    end = ending.end;
    ended_inside = ending.ended_inside;
    endable = ending.endable;
    by_long_tag = ending.by_long_tag;
    ambiguous = ending.ambiguous;
    closed = ending.closed;
  }
  [[nodiscard]] Ending ending() const noexcept {
    return {content_end, end, ended_inside, endable, by_long_tag, ambiguous, closed};
  }
};

}  // namespace abm::rewrite
