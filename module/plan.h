// What a visitor is to see on this page: rules matched, winners rendered, the reason if nothing comes of it.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Fills and returns context.plan for the location and URI that `r` is in. Asks the visitor first. The edits
/// are rendered for UTF-8; confirm_charset() corrects that.
const Plan& decide(Context& context, ngx_http_request_t* r) noexcept;

/// Renders again if the page's charset is another one than `plan.rendered` was made for. False: nothing is
/// left to write, plan.skip says why.
[[nodiscard]] bool confirm_charset(Context& context, rewrite::Charset charset) noexcept;

/// Whether the URI's extension may stand for one of abm_types: none, one that nginx's `types` does not know,
/// or one that it maps to a listed type. Requests for pictures, scripts and films are left alone from the
/// start.
[[nodiscard]] bool may_be_page(ngx_http_request_t* r) noexcept;
/// Whether `types` maps the URI's extension to one of abm_types.
[[nodiscard]] bool is_surely_page(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
