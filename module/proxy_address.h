// Requests whose visitor cannot be told, because they come from a proxy of the site that `realip` does not
// know.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// A proxy with a private address (or a local socket) made the request, says in some header for whom, and
/// what counts as the visitor is the proxy: `realip` has not replaced its address. Only whether there is such
/// a header is looked at, and nothing depends on it but a counter.
[[nodiscard]] bool is_from_unknown_proxy(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
