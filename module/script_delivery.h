// Edits that abm.js makes: what a page tells it.
#pragma once

#include "module/context.h"
#include "rules/match/script_page.h"

namespace abm::module {

/// For the page that the main request is for. Views live as long as the request.
[[nodiscard]] rules::ScriptPage script_page(const Context& context) noexcept;

/// Once the page's headers are final: puts the nonce of its Content-Security-Policy on the reference to
/// abm.js in context.plan. False: no memory.
[[nodiscard]] bool allow_script(Context& context, ngx_http_request_t* r) noexcept;

}  // namespace abm::module
