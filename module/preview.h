// Preview links: what their answers say of themselves.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Adds `X-ABM-Preview: account=…; rules=…`, `Cache-Control: no-store` and a Referrer-Policy that keeps the
/// token out of what the browser asks for next, to the answer, personalized or not.
void announce_preview(const Context& context, ngx_http_request_t* r) noexcept;

}  // namespace abm::module
