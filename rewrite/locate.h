// The two halves of the rewriter, each on its own: find the slots of a page, and splice edits in at known
// places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/rewriter.h"
#include "rewrite/tree/element_span.h"

namespace abm::rewrite {

/// One element of a slot.
struct Located {
  uint32_t slot = 0;
  ElementSpan span;
  ElementPlace place;
};

/// A match that could not be relied on.
struct Uncertain {
  uint32_t slot = 0;
  uint64_t offset = 0;  ///< of its start tag
  Skip reason = Skip::kAmbiguous;
};

struct LocateResult {
  std::vector<Located> elements;     ///< by begin, outer before inner, then by slot
  std::vector<Uncertain> uncertain;  ///< by offset
  bool complete = true;              ///< false: gave up at some offset (ambiguous, too deep, tag too long)
  Skip reason = Skip::kNone;         ///< why it gave up
  uint64_t gave_up_at = 0;
  PageSigns signs;
};

/// Every element of the slots that options.edits names, or of every slot if there are no edits. Of a tag
/// longer than max_tag, which attributes are known depends on which are asked for, and so on the slots.
[[nodiscard]] LocateResult locate(std::string_view page, const RewriterOptions& options);

/// Emits `page` with `options.edits` applied to the elements of `located`, without scanning. `page` must be
/// the very bytes that were located. It must have been located with these edits, or no tag of the page may be
/// longer than max_tag. The result equals what a Rewriter emits, whatever the chunks. Both skip a misnested
/// element near max_hold, though one may call it kUnclosed and the other kAmbiguous: a stream learns of its
/// end later than where it lies.
[[nodiscard]] RewrittenPage splice(std::string_view page, const LocateResult& located,
                                   const RewriterOptions& options);

}  // namespace abm::rewrite
