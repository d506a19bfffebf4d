// Small generated answers.
#include "module/endpoint.h"

#include "module/conf.h"
#include "module/context.h"
#include "module/headers.h"

namespace abm::module {

ngx_int_t answer_text(ngx_http_request_t* r, std::string_view body, std::string_view type,
                      std::string_view cache_control) noexcept {
  Answer answer;
  answer.body = pool_copy(r->pool, body);
  if (answer.body.data() == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  answer.type = type;
  answer.cache_control = cache_control;
  return send_answer(r, answer);
}

ngx_int_t send_answer(ngx_http_request_t* r, const Answer& answer) noexcept {
  if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) return NGX_HTTP_NOT_ALLOWED;
  if (const ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) return rc;
  ngx_table_elt_t* cache = reserve_header(r, "Cache-Control");
  ngx_table_elt_t* resource_policy = reserve_header(r, "Cross-Origin-Resource-Policy");
  ngx_table_elt_t* type_options = reserve_header(r, "X-Content-Type-Options");
  ngx_table_elt_t* etag = reserve_header(r, "ETag");
  ngx_table_elt_t* encoding = reserve_header(r, "Content-Encoding");
  ngx_table_elt_t* vary = reserve_header(r, "Vary");
  auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
  if (cache == nullptr || resource_policy == nullptr || type_options == nullptr || etag == nullptr ||
      encoding == nullptr || vary == nullptr || buffer == nullptr)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  replace_cache_control(r, cache, answer.cache_control);
  fill_header(resource_policy, "same-origin");
  fill_header(type_options, "nosniff");
  if (!answer.etag.empty()) {
    fill_header(etag, answer.etag);
    r->headers_out.etag = etag;
  }
  if (!answer.encoding.empty()) {
    fill_header(encoding, answer.encoding);
    r->headers_out.content_encoding = encoding;
  }
  if (answer.varies) fill_header(vary, "Accept-Encoding");
  buffer->pos = bytes_of(answer.body);
  buffer->last = buffer->pos + answer.body.size();
  buffer->memory = answer.body.empty() ? 0 : 1;
  buffer->last_buf = r == r->main ? 1 : 0;
  buffer->last_in_chain = 1;
  r->headers_out.status = answer.status;
  r->headers_out.content_length_n = static_cast<off_t>(answer.body.size());
  r->headers_out.content_type = ngx_string_of(answer.type);
  r->headers_out.content_type_len = answer.type.size();
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
  const Context* context = find_context(r);
  const bool preview = context != nullptr && context->visitor.preview;
  const bool may_be_kept =
      loc_conf(r)->tells_edits && !preview &&
      (r->headers_out.status == NGX_HTTP_OK || r->headers_out.status == NGX_HTTP_NOT_MODIFIED);
  replace_cache_control(r, cache, may_be_kept ? "private, no-cache" : "private, no-store");
  return true;
}

ngx_int_t answer_internal_error(ngx_http_request_t*) noexcept {
  return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace abm::module
