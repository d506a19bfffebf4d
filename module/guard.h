// The early phase: a page that may be personalized is asked for whole and unencoded, whatever the client has
// already.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// PRECONTENT phase, after try_files and mirror: decides, and puts the client's Range, validators and
/// Accept-Encoding aside if the page may be personalized.
ngx_int_t guard_handler(ngx_http_request_t* r);

}  // namespace abm::module
