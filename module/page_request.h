// What a request says about itself before there is an answer: whether it may be for a page, and who asks.
#pragma once

#include <string_view>

#include "module/ngx.h"
#include "module/page_load.h"
#include "module/skip.h"

namespace abm::module {

/// The value of the request's first header of that name (lower case); data is nullptr when there is none.
[[nodiscard]] std::string_view request_header(ngx_http_request_t* r, std::string_view lower_name) noexcept;

/// The value of the query's first argument of that name, as it was sent; empty when there is none.
[[nodiscard]] std::string_view query_argument(ngx_http_request_t* r, std::string_view name) noexcept;

/// What nginx's `types` says of the URI's extension, in the terms of abm_types.
enum class Extension : uint8_t {
  kNone,
  kUnknown,  ///< `types` does not know it
  kListed,   ///< it stands for one of abm_types
  kOther,    ///< images, scripts, videos …
};
[[nodiscard]] Extension classify_extension(ngx_http_request_t* r) noexcept;

/// Whether the client wants HTML before anything else: browsers say so when they go to a page.
[[nodiscard]] bool accepts_html(ngx_http_request_t* r) noexcept;

/// Why nothing can be done for a request, whatever its answer; kNone if something can. The same condition
/// holds for hiding headers and for personalizing. kStatus: not GET, HEAD or POST. kNoTransform: the client
/// asks for the page as it is (RFC 9111 5.2.1.6), and abm_no_transform respects that. kUpgrade: WebSocket and
/// gRPC, which are other protocols behind the same request line ("Upgrade: h2c" does not count: nginx ignores
/// it). kCrossSite: a script of another site, which would read the visitor's company out of the page if the
/// site lets it (Fetch Metadata, W3C, 2.2 and 2.3).
[[nodiscard]] Skip unfit_request(ngx_http_request_t* r) noexcept;

/// Whether abm_no_transform says so for the location that the request is in.
[[nodiscard]] bool respects_no_transform(ngx_http_request_t* r) noexcept;

/// What the request is for, as its headers say.
[[nodiscard]] PageLoad page_load(ngx_http_request_t* r) noexcept;

/// Whether another site's page is asking: Sec-Fetch-Site says so, or, where the browser does not send it, an
/// Origin with another host than the request's.
[[nodiscard]] bool is_cross_site(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
