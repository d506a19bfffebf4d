// abm_seen: takes beacons. Who sends one is found out from the request alone; the answer is the same for
// everybody.
#include "module/beacon.h"
#include "module/conf.h"
#include "module/context.h"
#include "module/decide.h"
#include "module/endpoint.h"
#include "module/fence.h"
#include "module/page_request.h"

namespace abm::module {
namespace {

// The body in one piece, as long as the request; `body`.data() is nullptr without memory. False: it is too
// large.
bool whole_body(ngx_http_request_t* r, std::string_view& body) noexcept {
  body = "";
  if (r->request_body == nullptr) return true;
  size_t size = 0;
  for (const ngx_chain_t* link = r->request_body->bufs; link != nullptr; link = link->next) {
    if (link->buf->in_file) return false;  // larger than nginx keeps in memory here
    size += static_cast<size_t>(ngx_buf_size(link->buf));
    if (size > kMaxBeaconBytes) return false;
  }
  auto* copy = static_cast<char*>(ngx_pnalloc(r->pool, size + 1));
  body = {copy, copy != nullptr ? size : 0};
  if (copy == nullptr) return true;
  for (const ngx_chain_t* link = r->request_body->bufs; link != nullptr; link = link->next) {
    copy = reinterpret_cast<char*>(ngx_cpymem(copy, link->buf->pos, ngx_buf_size(link->buf)));
  }
  return true;
}

// Leaves the beacon for the log, if its sender may be told of there: a known visitor of this site who has not
// opted out. Another site's page can make a browser send anything.
void keep_beacon(ngx_http_request_t* r, const Beacon& beacon) {
  if (loc_conf(r)->data == nullptr || is_cross_site(r)) return;
  Context* context = enter_location(r);
  if (context == nullptr) return;
  context->told_path = beacon.path();
  match_rules(*context, loc_conf(r), Asking::kForPage);
  if (context->visitor.account() != nullptr && !context->visitor.preview) context->beacon = &beacon;
}

ngx_int_t answer_beacon(ngx_http_request_t* r) {
  std::string_view body;
  if (!whole_body(r, body)) return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
  auto* beacon = pool_array<Beacon>(r->pool, 1);
  if (body.data() == nullptr || beacon == nullptr) {
    add(counters().out_of_memory);
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (!parse_beacon(body, *beacon)) return NGX_HTTP_BAD_REQUEST;
  keep_beacon(r, *beacon);
  return answer_no_content(r);
}

void body_arrived(ngx_http_request_t* r) noexcept {
  ngx_http_finalize_request(r, Fence<answer_beacon, answer_internal_error>::call(r));
}

ngx_int_t take_beacon(ngx_http_request_t* r) {
  if (r != r->main || r->method != NGX_HTTP_POST) return NGX_HTTP_NOT_ALLOWED;
  if (r->headers_in.content_length_n > static_cast<off_t>(kMaxBeaconBytes))
    return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
  r->request_body_in_file_only = 0;  // client_body_in_file_only: a beacon is not worth a file
  const ngx_int_t rc = ngx_http_read_client_request_body(r, body_arrived);
  return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace

ngx_int_t seen_handler(ngx_http_request_t* r) {
  return Fence<take_beacon, answer_internal_error>::call(r);
}

}  // namespace abm::module
