// Headers that wait for the body's first piece: where that is the whole page, they can say how long it is.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Whether the headers of a page that has just become personalized may wait for the body's first piece: they
/// leave no later for it, and its length is of use. The caller then answers NGX_OK in place of the next
/// header filter.
[[nodiscard]] bool may_hold_headers(const ngx_http_request_t* r, const Response& response) noexcept;

/// Calls the next header filter, and notes what became of the headers. Returns what that returned.
ngx_int_t send_page_headers(Context& context, ngx_http_request_t* r);

/// Before anything of the body is sent, and nothing where no headers are held: passes them on, with the
/// page's length if the whole page went through the rewriter. NGX_OK or NGX_ERROR.
[[nodiscard]] ngx_int_t send_held_headers(Context& context, ngx_http_request_t* r);

}  // namespace abm::module
