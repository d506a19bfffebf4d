// What our content handlers share: answering a GET with text that is known whole, or a POST with nothing.
#pragma once

#include <string_view>

#include "module/ngx.h"

namespace abm::module {

/// An answer to a GET or HEAD. What its views point to lives as long as the request.
struct Answer {
  std::string_view body;
  std::string_view type;
  std::string_view cache_control;
  ngx_uint_t status = NGX_HTTP_OK;
  std::string_view etag;      ///< "": none
  std::string_view encoding;  ///< "": none
  bool varies = false;        ///< with the codings that a client accepts
};

/// Sends it, for pages of the same origin only (Cross-Origin-Resource-Policy), and never as anything but its
/// type (nosniff).
ngx_int_t send_answer(ngx_http_request_t* r, const Answer& answer) noexcept;

/// Sends `body` (copied) as the whole answer, for pages of the same origin only
/// (Cross-Origin-Resource-Policy), and never as anything but `type` (nosniff). `type` and `cache_control` are
/// literals.
ngx_int_t answer_text(ngx_http_request_t* r, std::string_view body, std::string_view type,
                      std::string_view cache_control) noexcept;

/// Sends "204 No Content", which no cache keeps and no other origin may read.
ngx_int_t answer_no_content(ngx_http_request_t* r) noexcept;

/// After add_header has had its say: such an answer stays out of every cache. False: no memory.
[[nodiscard]] bool keep_out_of_caches(ngx_http_request_t* r) noexcept;

/// For the exception fence.
ngx_int_t answer_internal_error(ngx_http_request_t* r) noexcept;

}  // namespace abm::module
