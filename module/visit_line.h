// $abm_visit: one JSON object per identified visit, as visit.schema.json says.
#pragma once

#include <string_view>

#include "module/context.h"

namespace abm::module {

inline constexpr size_t kMaxVisitLine = 8192;

/// The line of a settled visit, in the request's memory; valid JSON and UTF-8 of at most kMaxVisitLine bytes
/// whatever the input. Empty without memory. Counts lines, and those that lost something to the limit.
[[nodiscard]] std::string_view build_visit_line(Context& context, ngx_http_request_t* r);

}  // namespace abm::module
