// What a preview link's answer says of itself.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Adds `X-ABM-Preview: account=…; rules=…` and `Cache-Control: no-store` to the answer, personalized or not.
void announce_preview(const Context& context, ngx_http_request_t* r) noexcept;

}  // namespace abm::module
