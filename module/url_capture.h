// Remembers the URL that the client asked for, before rewrites and redirects inside nginx, without what is
// for us alone.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// POST_READ phase.
ngx_int_t capture_url(ngx_http_request_t* r);

}  // namespace abm::module
