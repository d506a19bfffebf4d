// Preview links: what their answers say of themselves, and that their token stays a secret.
#pragma once

#include "module/context.h"

namespace abm::module {

/// For a main request in a location with `abm on`, before its content is made: blots a valid token out of the
/// request line, which nginx writes into its logs and hands to upstreams. The context keeps it for redirects.
void conceal_preview_token(ngx_http_request_t* r) noexcept;

/// Adds `X-ABM-Preview: account=…; rules=…`, `Cache-Control: no-store` and a Referrer-Policy that keeps the
/// token out of what the browser asks for next, to the answer, personalized or not.
void announce_preview(const Context& context, ngx_http_request_t* r) noexcept;

}  // namespace abm::module
