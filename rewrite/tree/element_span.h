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
  uint64_t long_tag_end = 0;  ///< of the tag that ended it, if that is longer than is held; otherwise 0
  bool is_void = false;
  bool raw_text = false;   ///< its content is no markup: script, style …
  bool long_tag = false;   ///< its start tag is longer than is held: its bytes leave before it is known
  bool endable = true;     ///< its own end tag, written where it ends, would end it
  bool ambiguous = false;  ///< misnested: [content_begin, content_end) is not its content
  bool escapes = false;   ///< its bytes open or end more than its content: without them, what follows changes
  bool outlasts = false;  ///< its start tag, or its end, does more than open and end it
  bool reopens = false;   ///< its start tag reopened formatting elements around it
  bool behind_newline_eater = false;  ///< right behind a start tag after which one line break is dropped
  bool page_end = false;     ///< no end before a complete page's end: content_end is before "</body>"
  bool unended = false;      ///< the same, and its end tag may not be left out
  bool closed = true;        ///< false: no end before the scan of an incomplete page ended
  bool shadow_host = false;  ///< its content has its shadow root
  uint32_t depth = 0;        ///< how many elements it is in, once it has ended
  uint32_t lasting = 0;      ///< see Ending; as it was before the start tag

  void end_as(const Ending& ending) noexcept {
    content_end = ending.content_end;
    end = ending.end;
    ended_inside = ending.ended_inside;
    depth = ending.depth;
    endable = ending.endable;
    long_tag_end = ending.long_tag_end;
    ambiguous = ending.ambiguous;
    escapes = ending.escapes || (ending.lasting != 0 && ending.lasting != lasting);
    outlasts = ending.outlasts;
    page_end = ending.page_end;
    unended = ending.unended;
    closed = ending.closed;
    shadow_host = ending.shadow_host;
  }
  /// As it has ended: end_as would change nothing.
  [[nodiscard]] Ending ending() const noexcept {
    Ending same;
    same.content_end = content_end;
    same.end = end;
    same.ended_inside = ended_inside;
    same.depth = depth;
    same.endable = endable;
    same.long_tag_end = long_tag_end;
    same.ambiguous = ambiguous;
    same.escapes = escapes;
    same.outlasts = outlasts;
    same.page_end = page_end;
    same.unended = unended;
    same.closed = closed;
    same.shadow_host = shadow_host;
    return same;
  }
  /// Of elements whose start tag drops one line break behind it (HTML 13.2.6.4.7).
  [[nodiscard]] bool eats_newline() const noexcept {
    return tag == Tag::pre_ || tag == Tag::listing_ || tag == Tag::textarea_;
  }
};

}  // namespace abm::rewrite
