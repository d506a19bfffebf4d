// Held as nginx's image filter holds them: nobody sends them for us if the body never comes.
#include "module/held_headers.h"

#include "module/filters.h"
#include "module/response.h"

namespace abm::module {
namespace {

// At most what nginx's own header filter writes besides the list of headers and the type: the status line,
// Server, Date, Connection, Vary, Transfer-Encoding or Content-Length.
constexpr size_t kFurtherHeaders = 512;

// Whether nginx itself would keep the headers until there is more to send: HTTP/1 does with few bytes.
bool would_wait_anyway(const ngx_http_request_t* r) noexcept {
  if (r->http_version > NGX_HTTP_VERSION_11) return false;
  const auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  size_t size = kFurtherHeaders + r->headers_out.content_type.len + r->headers_out.charset.len;
  for_each_header(const_cast<ngx_list_t&>(r->headers_out.headers), [&](const ngx_table_elt_t& header) {
    if (header.hash != 0) size += header.key.len + header.value.len + sizeof(": \r\n") - 1;
    return true;
  });
  return size < core->postpone_output;
}

// Whether some of an upstream's page goes on to the filters right after its headers. nginx lets it wait for a
// full buffer unless it is not to buffer, and gathers in a file what it keeps.
bool body_follows_at_once(const ngx_http_upstream_t& upstream, off_t announced) noexcept {
  const off_t there = upstream.buffer.last - upstream.buffer.pos;
  if (there <= 0) return false;
  if (there >= announced || !upstream.buffering) return true;
  return upstream.buffer.last == upstream.buffer.end && !upstream.cacheable && !upstream.store;
}

// Whether the rewriter has had the whole page. nginx's last buffer alone does not say so: encoded input may
// still wait, or the body may be damaged or short.
bool is_whole(const Response& response) noexcept {
  return response.last_seen && !response.broken && response.waiting == nullptr &&
         response.bytes_missing() == 0;
}

}  // namespace

bool may_hold_headers(const ngx_http_request_t* r, const Response& response) noexcept {
  if (response.rewriter == nullptr || response.not_modified || r->header_only) return false;
  if (r->expect_trailers) return false;  // sent in chunks, whatever the length
  if (response.upstream == nullptr) return true;
  // An upstream's page ends in a call of its own unless its length was announced.
  return response.announced > 0 &&
         (body_follows_at_once(*response.upstream, response.announced) || would_wait_anyway(r));
}

ngx_int_t send_page_headers(Context& context, ngx_http_request_t* r) {
  const ngx_int_t rc = next_page_header_filter(r);
  context.status = r->headers_out.status;
  if (context.response != nullptr) {
    context.response->compressed = r->headers_out.content_encoding != nullptr;
  }
  return rc;
}

ngx_int_t send_held_headers(Context& context, ngx_http_request_t* r) {
  Response& response = *context.response;
  if (!response.headers_held) return NGX_OK;
  response.headers_held = false;
  if (is_whole(response)) r->headers_out.content_length_n = static_cast<off_t>(response.sink.total());
  const ngx_int_t rc = send_page_headers(context, r);
  // Whoever made the body would have stopped here.
  return rc == NGX_ERROR || rc > NGX_OK || r->header_only ? NGX_ERROR : NGX_OK;
}

}  // namespace abm::module
