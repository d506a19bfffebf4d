// Our places in nginx's filter chain, and what follows each.
#pragma once

#include "module/ngx.h"

namespace abm::module {

/// The first of all header filters: looks at the origin's headers before nginx judges validators.
ngx_int_t origin_header_filter(ngx_http_request_t* r);
/// The first of all body filters (known_file.cpp).
ngx_int_t origin_body_filter(ngx_http_request_t* r, ngx_chain_t* in);
/// Between postpone and gzip: looks at the headers that the page is to have, and decides once whether it is
/// personalized.
ngx_int_t page_header_filter(ngx_http_request_t* r);
/// In the same place: carries out what was decided.
ngx_int_t page_body_filter(ngx_http_request_t* r, ngx_chain_t* in);

// The filters that follow ours, set once per configuration, before workers start.
extern ngx_http_output_header_filter_pt next_origin_header_filter;
extern ngx_http_output_body_filter_pt next_origin_body_filter;
extern ngx_http_output_header_filter_pt next_page_header_filter;
extern ngx_http_output_body_filter_pt next_page_body_filter;

/// While the configuration is read: each puts ours in front of what the chain holds by then.
void add_origin_filter() noexcept;
void add_page_filters() noexcept;

}  // namespace abm::module
