// The early phase: upstreams are asked for the whole page, unencoded, whatever the client already has.
#include "module/guard.h"

#include <algorithm>
#include <array>
#include <utility>

#include "module/plan.h"
#include "module/preview.h"

namespace abm::module {
namespace {

constexpr std::array<std::string_view, 4> kWithheld = {"range", "if-range", "if-none-match",
                                                       "if-modified-since"};
constexpr std::string_view kAcceptEncoding = "accept-encoding";
constexpr ngx_uint_t kListSlots = 24;

std::string_view lower_key(const ngx_table_elt_t& header) noexcept {
  return header.lowcase_key == nullptr
             ? std::string_view()
             : std::string_view(reinterpret_cast<const char*>(header.lowcase_key), header.key.len);
}

constexpr ngx_uint_t kReading = NGX_HTTP_GET | NGX_HTTP_HEAD;

// Elsewhere than in GET and HEAD these headers mean something else to the origin (RFC 9110 13.1, 14.2).
bool is_withheld(const ngx_http_request_t* r, std::string_view key) noexcept {
  return (r->method & kReading) != 0 && std::find(kWithheld.begin(), kWithheld.end(), key) != kWithheld.end();
}

// What upstreams are to see: a list without the withheld headers, with "identity" as the encoding. The
// client's own list is left as it is, since mirrored and earlier subrequests share it; so is
// headers_in.accept_encoding, which nginx's gzip and gzip_static go by.
bool hide_headers(Context& context, ngx_http_request_t* r) noexcept {
  HiddenHeaders& hidden = context.hidden;
  bool needed = false;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view key = lower_key(header);
    needed = is_withheld(r, key) || key == kAcceptEncoding;
    return !needed;
  });
  if (!needed) return true;
  ngx_list_t list;
  if (ngx_list_init(&list, r->pool, kListSlots, sizeof(ngx_table_elt_t)) != NGX_OK) return false;
  ngx_table_elt_t* encoding = nullptr;
  bool complete = true;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view key = lower_key(header);
    if (is_withheld(r, key) || (key == kAcceptEncoding && encoding != nullptr)) return true;
    auto* copy = static_cast<ngx_table_elt_t*>(ngx_list_push(&list));
    if (copy == nullptr) {
      complete = false;
      return false;
    }
    *copy = header;
    if (key == kAcceptEncoding) {
      copy->value = literal("identity");
      encoding = copy;
    }
    return true;
  });
  if (!complete) return false;
  hidden.list = r->headers_in.headers;
  hidden.hidden = hidden.made = true;
  r->headers_in.headers = list;
  // A list's `last` points into itself while it has one part.
  if (list.last == &list.part) r->headers_in.headers.last = &r->headers_in.headers.part;
  if ((r->method & kReading) != 0) withhold_validators(context);
  return true;
}

// Upgrades and gRPC are left alone from the start.
bool wants_guard(ngx_http_request_t* r) noexcept {
  if ((r->method & (kReading | NGX_HTTP_POST)) == 0 || r->headers_in.upgrade != nullptr) return false;
  if (r->headers_in.content_type != nullptr &&
      view(r->headers_in.content_type->value).starts_with("application/grpc"))
    return false;
  return may_be_page(r);
}

}  // namespace

// A list of one part points into itself, and both lists were made for the place that they take turns in.
void restore_headers(Context& context) noexcept {
  HiddenHeaders& hidden = context.hidden;
  if (!hidden.hidden) return;
  hidden.hidden = false;
  std::swap(context.request->headers_in.headers, hidden.list);
}

void hide_headers_again(Context& context) noexcept {
  HiddenHeaders& hidden = context.hidden;
  if (hidden.hidden || !hidden.made) return;
  hidden.hidden = true;
  std::swap(context.request->headers_in.headers, hidden.list);
}

void withhold_validators(Context& context) noexcept {
  HiddenHeaders& hidden = context.hidden;
  if (hidden.validators_kept) return;
  hidden.validators_kept = true;
  ngx_http_request_t* r = context.request;
  hidden.range = r->headers_in.range;
  hidden.if_range = r->headers_in.if_range;
  hidden.if_none_match = r->headers_in.if_none_match;
  hidden.if_modified_since = r->headers_in.if_modified_since;
  r->headers_in.range = nullptr;
  r->headers_in.if_range = nullptr;
  r->headers_in.if_none_match = nullptr;
  r->headers_in.if_modified_since = nullptr;
}

void restore_validators(Context& context) noexcept {
  HiddenHeaders& hidden = context.hidden;
  if (!hidden.validators_kept) return;
  hidden.validators_kept = false;
  ngx_http_request_t* r = context.request;
  r->headers_in.range = hidden.range;
  r->headers_in.if_range = hidden.if_range;
  r->headers_in.if_none_match = hidden.if_none_match;
  r->headers_in.if_modified_since = hidden.if_modified_since;
}

ngx_int_t guard_handler(ngx_http_request_t* r) {
  if (r != r->main) return NGX_DECLINED;
  if (Context* context = find_context(r)) {
    // A redirect inside nginx came back here: what was decided for the location before is void.
    restore_headers(*context);
    restore_validators(*context);
    if (context->plan.decided) context->plan = Plan{};
    context->enabled = false;
  }
  const LocConf* conf = loc_conf(r);
  if (!conf->enable) return NGX_DECLINED;
  conceal_preview_token(r);
  if (!wants_guard(r)) return NGX_DECLINED;
  Context* context = enter_location(r);
  if (context == nullptr) return NGX_DECLINED;
  const Stopwatch stopwatch(*context);
  if (decide(*context, r).skip != Skip::kNone) return NGX_DECLINED;
  if (!hide_headers(*context, r)) {
    context->plan.skip = Skip::kMemory;
    add(counters().out_of_memory);
  }
  return NGX_DECLINED;
}

}  // namespace abm::module
