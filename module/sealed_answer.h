// What is done to an answer whose request carried a token, so that the token stays between the visitor and
// us.
#pragma once

#include "module/context.h"

namespace abm::module {

/// For a main request's answer, when nothing but us changes its headers any more. Where the request carried a
/// link or preview token, valid or not: a redirect to the same host takes it along; browsers are told to send
/// no address on (Referrer-Policy); no shared cache may keep the answer. Everything else is left alone.
void seal_answer(const Context& context, ngx_http_request_t* r) noexcept;

/// Takes the answer out of every shared cache, and leaves it to the visitor's browser.
void make_private(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
