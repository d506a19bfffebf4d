// Keeps a personalized page's Range, validators and Accept-Encoding from upstreams and nginx's own filters.
#pragma once

#include "module/context.h"

namespace abm::module {

/// PRECONTENT phase, after try_files and mirror: decides, and hides the headers if the page may be
/// personalized.
ngx_int_t guard_handler(ngx_http_request_t* r);

/// Gives the request its own header list back; Range, If-Range, If-None-Match and
/// If-Modified-Since stay withheld until restore_validators().
void restore_headers(Context& context) noexcept;
/// For the subrequests of a personalized page: what they include is asked for whole and unencoded, too.
void hide_headers_again(Context& context) noexcept;
void restore_validators(Context& context) noexcept;

/// Withholds the validators from nginx's own filters where they were not hidden already.
void withhold_validators(Context& context) noexcept;

}  // namespace abm::module
