// Small generated answers.
#include "module/endpoint.h"

#include "module/headers.h"

namespace abm::module {

ngx_int_t answer_text(ngx_http_request_t* r, std::string_view body, std::string_view type,
                      std::string_view cache_control) noexcept {
  if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) return NGX_HTTP_NOT_ALLOWED;
  if (const ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) return rc;
  ngx_table_elt_t* cache = reserve_header(r, "Cache-Control");
  ngx_table_elt_t* resource_policy = reserve_header(r, "Cross-Origin-Resource-Policy");
  ngx_table_elt_t* type_options = reserve_header(r, "X-Content-Type-Options");
  ngx_buf_t* buffer = ngx_create_temp_buf(r->pool, body.size());
  if (cache == nullptr || resource_policy == nullptr || type_options == nullptr || buffer == nullptr)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  replace_cache_control(r, cache, cache_control);
  fill_header(resource_policy, "same-origin");
  fill_header(type_options, "nosniff");
  buffer->last = ngx_cpymem(buffer->last, body.data(), body.size());
  buffer->last_buf = r == r->main ? 1 : 0;
  buffer->last_in_chain = 1;
  r->headers_out.status = NGX_HTTP_OK;
  r->headers_out.content_length_n = static_cast<off_t>(body.size());
  r->headers_out.content_type = ngx_string_of(type);
  r->headers_out.content_type_len = type.size();
  r->headers_out.content_type_lowcase = nullptr;
  const ngx_int_t rc = ngx_http_send_header(r);
  if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
  ngx_chain_t out = {buffer, nullptr};
  return ngx_http_output_filter(r, &out);
}

ngx_int_t answer_no_content(ngx_http_request_t* r) noexcept {
  ngx_table_elt_t* cache = reserve_header(r, "Cache-Control");
  ngx_table_elt_t* resource_policy = reserve_header(r, "Cross-Origin-Resource-Policy");
  if (cache == nullptr || resource_policy == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  replace_cache_control(r, cache, "no-store");
  fill_header(resource_policy, "same-origin");
  r->headers_out.status = NGX_HTTP_NO_CONTENT;
  return ngx_http_send_header(r);
}

bool keep_out_of_caches(ngx_http_request_t* r) noexcept {
  ngx_table_elt_t* cache = reserve_header(r, "Cache-Control");
  if (cache == nullptr) return false;
  drop_cache_headers(r);
  replace_cache_control(r, cache, "private, no-store");
  return true;
}

ngx_int_t answer_internal_error(ngx_http_request_t*) noexcept {
  return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace abm::module
