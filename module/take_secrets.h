// Takes what is for us alone out of a request before anybody looks at it: the tokens of links and previews,
// and our cookie. So they are in no variable, no cache key, no log, and in nothing that an upstream gets.
#pragma once

#include "module/ngx.h"

namespace abm::module {

inline constexpr std::string_view kLinkArgument = "abm";
inline constexpr std::string_view kPreviewArgument = "abm_preview";
/// The prefix makes browsers take the cookie only from this very host, over TLS and for all of its paths (RFC
/// 6265bis 4.1.3.2): no neighbour under the same domain can hand a visitor somebody else's.
inline constexpr std::string_view kCookie = "__Host-abm";

/// Of a main request: whether all of it was read.
enum class Reading {
  kDone,    ///< it was
  kRefused  ///< maybe not: if nothing was taken before, nginx has refused it
};

/// Out of the request line, the URI, its arguments and all request headers, as far as the server's directives
/// make them ours, valid or not; the main request's context keeps what was taken. Does it once for each
/// request. Called in the POST_READ phase, before all others; where nginx has refused the request before
/// that, when it is redirected inside nginx, answered or logged, whichever comes first: then what was taken
/// names nobody, since not all of the request was read. False: something was taken, but there is no memory to
/// keep it. The answer must be an error: nobody would know that it is for one visitor alone.
[[nodiscard]] bool take_secrets(ngx_http_request_t* r, Reading reading) noexcept;

}  // namespace abm::module
