// The places in nginx's filter chain that are ours.
#pragma once

#include "module/ngx.h"

namespace abm::module {

// The filters after ours, as nginx's filter idiom has it: set once per configuration cycle, before workers
// start.
extern ngx_http_output_header_filter_pt next_head_filter;
extern ngx_http_output_header_filter_pt next_header_filter;
extern ngx_http_output_body_filter_pt next_body_filter;

/// First of all header filters: looks at the origin's answer before nginx judges validators.
ngx_int_t head_filter(ngx_http_request_t* r);
/// Between postpone and gzip: decides once whether the response is personalized.
ngx_int_t header_filter(ngx_http_request_t* r);
/// Same place; carries the decision out.
ngx_int_t body_filter(ngx_http_request_t* r, ngx_chain_t* in);

}  // namespace abm::module
