// Where the slots of a page are, and edits spliced in at known places: the two halves of the rewriter, usable
// apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/rewriter.h"

namespace abm::rewrite {

/// What splicing needs to know of an element besides its offsets. Tags are numbers of
/// rewrite/scan/tag_names.h.
struct ElementShape {
  uint8_t tag = 0;
  uint8_t open_inside = 0;  ///< outermost element inside that the same end ended, if has_open_inside; 0: one
                            ///< that no end tag ends there
  uint8_t closed_before =
      0;  ///< outermost element that the start tag ended, if has_closed_before; 0 likewise
  bool has_open_inside = false;
  bool has_closed_before = false;
  bool endable = true;     ///< its own end tag, written where it ends, would end it
  bool raw_text = false;   ///< its content is no markup: script, style …
  bool ambiguous = false;  ///< misnested: [content_begin, content_end) is not the element's content
};

/// One element of a slot, in byte offsets from the page's start; half-open. `content_end == end` where the
/// end is implied (no end tag). A void or self-closed element has content_begin == content_end == end.
struct Located {
  uint32_t slot = 0;
  uint64_t begin = 0;          ///< of "<"
  uint64_t content_begin = 0;  ///< after ">"
  uint64_t content_end = 0;    ///< of "</"
  uint64_t end = 0;            ///< after the end tag's ">"
  bool is_void = false;
  bool closed = true;  ///< false: no end before EOF
  ElementShape shape;
};

/// A match that could not be relied on.
struct Uncertain {
  uint32_t slot = 0;
  uint64_t offset = 0;  ///< of its start tag
};

struct LocateResult {
  std::vector<Located> elements;     ///< by begin, outer before inner, then by slot
  std::vector<Uncertain> uncertain;  ///< by offset, then by slot
  bool complete = true;              ///< false: gave up at some offset (ambiguous, too deep, tag too long)
  Skip reason = Skip::kNone;         ///< why it gave up
  uint64_t gave_up_at = 0;
};

/// Every element of every slot in `selectors` (options.edits is not looked at).
[[nodiscard]] LocateResult locate(std::string_view page, const RewriterOptions& options);

/// Emits `page` with `options.edits` applied to the elements of `located`, without scanning. `page` must be
/// the very bytes that were located. Equal to what a Rewriter emits for any chunking. A misnested element
/// near max_hold is skipped by both, though one may call it kUnclosed and the other kAmbiguous: its end is
/// told to a stream later than where it lies.
[[nodiscard]] RewrittenPage splice(std::string_view page, const LocateResult& located,
                                   const RewriterOptions& options);

}  // namespace abm::rewrite
