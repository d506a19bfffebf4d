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
};

/// Every element of every slot in options.selectors; options.edits is ignored.
[[nodiscard]] LocateResult locate(std::string_view page, const RewriterOptions& options);

/// Emits `page` with `options.edits` applied to the elements of `located`, without scanning. `page` must be
/// the very bytes that were located. The result equals what a Rewriter emits, whatever the chunks; behind
/// tags longer than max_tag it may have fewer edits, since locate() asks those tags for the attributes of all
/// slots. Both skip a misnested element near max_hold, though one may call it kUnclosed and the other
/// kAmbiguous: a stream learns of its end later than where it lies.
[[nodiscard]] RewrittenPage splice(std::string_view page, const LocateResult& located,
                                   const RewriterOptions& options);

}  // namespace abm::rewrite
