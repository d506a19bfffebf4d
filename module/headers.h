// Response headers: finding, dropping and setting them, the same on all nginx versions.
#pragma once

#include <string_view>

#include "module/ngx.h"

namespace abm::module {

/// Whether a Cache-Control among `headers`, a request's or a response's, holds `directive` (lower case),
/// whatever its case there.
[[nodiscard]] bool cache_control_has(ngx_list_t& headers, std::string_view directive) noexcept;

/// Drops every header but Cache-Control by which some cache would keep the response. Directives that have a
/// CDN process the page (ESI) stay, behind "no-store".
void drop_cache_headers(ngx_http_request_t* r) noexcept;

/// What a response for one visitor says to caches: "private, no-cache", or stricter where the origin is.
[[nodiscard]] std::string_view personal_cache_control(ngx_http_request_t* r) noexcept;

/// Drops what is untrue of a personalized page: validators, ranges and length of the original, its digests,
/// and what drop_cache_headers() drops.
void drop_original_headers(ngx_http_request_t* r) noexcept;

/// The same of the trailers, once the page has ended: they may come as late as that.
void drop_original_trailers(ngx_http_request_t* r) noexcept;

/// Room for a header that is not sent until its hash is set; nullptr without memory. `name` lives as long as
/// the request.
[[nodiscard]] ngx_table_elt_t* reserve_header(ngx_http_request_t* r, std::string_view name) noexcept;

/// Fills a reserved header; `value` lives as long as the request.
void fill_header(ngx_table_elt_t* header, std::string_view value) noexcept;

/// Drops every Cache-Control but `header`, a reserved one, and fills that.
void replace_cache_control(ngx_http_request_t* r, ngx_table_elt_t* header, std::string_view value) noexcept;

}  // namespace abm::module
