// $abm_visit: one JSON object per identified visit, or per beacon of one, as visit.schema.json says.
#pragma once

#include <string_view>

#include "module/context.h"
#include "module/log_line.h"

namespace abm::module {

/// The line of a settled visit, in the request's memory; valid JSON and UTF-8 of at most kMaxLogLine bytes
/// whatever the input. Empty without memory. Counts lines, and those that lost something to the limit.
[[nodiscard]] std::string_view build_visit_line(Context& context, ngx_http_request_t* r);

/// The same of the request's beacon, which there is: its line of kind "seen". Counts nothing.
[[nodiscard]] std::string_view build_seen_line(const Context& context, ngx_http_request_t* r) noexcept;

}  // namespace abm::module
