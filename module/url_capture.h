// Remembers the URL that the client asked for, before rewrites and redirects inside nginx, without what is
// for us alone.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// POST_READ phase.
ngx_int_t capture_url(ngx_http_request_t* r);

/// SERVER_REWRITE and REWRITE phases, before all others: for requests that nginx has refused before
/// POST_READ, and redirects to an error page.
ngx_int_t clean_refused(ngx_http_request_t* r);

}  // namespace abm::module
