// What a visit came to, settled when the request has ended: honest about bytes that never left.
#pragma once

#include <string_view>

#include "module/context.h"

namespace abm::module {

/// What became of one slot of the page.
struct SlotState {
  enum class Kind : uint8_t { kApplied, kMissing, kSkipped };
  Kind kind = Kind::kMissing;
  Skip why = Skip::kNone;  ///< of kSkipped
  bool at_risk = false;    ///< of kApplied: the page's framework is known not to keep the edit
};

/// What became of slot `i` of the page's plan. Only after settle().
[[nodiscard]] SlotState slot_state(const Context& context, size_t i) noexcept;

/// Whether this is a visit for the log: identified, no preview, a listed type, status 200 or 304. Fills
/// context.log_skip.
[[nodiscard]] bool settle(Context& context, ngx_http_request_t* r) noexcept;

/// LOG phase, before every access log: settles and counts.
ngx_int_t log_handler(ngx_http_request_t* r);

/// The framework that the page's own bytes name (rewrite::to_string); "" where none was recognized, or unless
/// the page went through the rewriter to its end.
[[nodiscard]] std::string_view framework_text(const Context& context) noexcept;

/// How much of the page was told from memory: "whole", "part", "scan"; "" unless it went through the rewriter
/// to its end.
[[nodiscard]] std::string_view recall_text(const Context& context) noexcept;

}  // namespace abm::module
