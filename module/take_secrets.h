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

struct Context;

/// POST_READ phase, before all others: out of the request line, the URI, its arguments, Referer and Cookie,
/// as far as the server's directives make them ours, valid or not. The context keeps what was taken.
void take_secrets(ngx_http_request_t* r, Context& context) noexcept;

/// For a request that ended before that phase, and is about to be logged: the same, with nothing kept.
void drop_secrets(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
