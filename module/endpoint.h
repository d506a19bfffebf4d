// What abm_status and abm_visitor share: answering a GET with text that was just built.
#pragma once

#include <string_view>

#include "module/ngx.h"

namespace abm::module {

/// Sends `body` (copied) as the whole answer. `type` and `cache_control` are literals.
ngx_int_t answer_text(ngx_http_request_t* r, std::string_view body, std::string_view type,
                      std::string_view cache_control) noexcept;

/// For the exception fence.
ngx_int_t answer_internal_error(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
