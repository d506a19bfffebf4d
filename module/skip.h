// Why a page stayed original, and why an edit was not written: one vocabulary for the visit line, the metrics
// and every decision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/edit.h"
#include "rules/match/render_input.h"

namespace abm::module {

enum class Skip : uint8_t {
  kNone,

  // Of a page (the visit line's `skip`, the metric's `reason`), or of one of its slots.
  kOff,       ///< `abm off` (visit lines of such locations only; not counted)
  kExcluded,  ///< the account is marked `exclude`
  kExpired,   ///< the feed's expires_at has passed
  kControl,
  kHoldout,      ///< every winning edit is held out; of a slot: its own is
  kNoRule,       ///< no rule with an edit matches this page
  kNoEdit,       ///< winning edits came to nothing (a placeholder without value, no such fragment)
  kStatus,       ///< the decision was made for a page, but the answer is none: a 304 from the origin, say
  kUpgrade,      ///< the request speaks another protocol: WebSocket, gRPC
  kCrossSite,    ///< a script of another site asked
  kNoTransform,  ///< Cache-Control: no-transform, in the answer or in the request
  kEncoded,      ///< a list of codings, or one that the module does not decode
  kCharset,
  kEmpty,    ///< a body of no bytes
  kHead,     ///< HEAD: nobody saw a page
  kMissing,  ///< the page has none of the slots, or not where they can be edited
  kAborted,  ///< the client left before the first edit's bytes did
  kMemory,
  kError,  ///< an exception, or a body that could not be decoded

  // The same, where each edit that the page could have had failed for it.
  kUnclosed,
  kTagTooLong,
  kDepth,
  kAmbiguous,

  // Of a slot alone.
  kNotModified,  ///< the client has the personalized page already
  kNoValue,
  kNoFragment,
  kNoScript,  ///< it is for abm.js, and the server has no location with abm_script
  kVoid,
  kRawText,
  kNested,
  kUnsafe,
};
/// The number of those that a page may have, kNone among them.
inline constexpr size_t kPageSkips = static_cast<size_t>(Skip::kAmbiguous) + 1;

/// "no-rule", "cross-site" …; "none" for kNone.
[[nodiscard]] std::string_view to_string(Skip skip) noexcept;

/// What the rules and the rewriter say of an edit, in the same words.
[[nodiscard]] Skip skip_of(rules::RenderSkip skip) noexcept;
[[nodiscard]] Skip skip_of(rewrite::Skip skip) noexcept;

}  // namespace abm::module
