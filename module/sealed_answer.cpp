// A page's own scripts can still read the address that the visitor sees: PRIVACY.md says so.
#include "module/sealed_answer.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "module/cut_text.h"
#include "module/headers.h"
#include "module/take_secrets.h"

namespace abm::module {
namespace {

constexpr std::string_view kReferrerPolicy = "Referrer-Policy";
constexpr std::string_view kNoReferrer = "no-referrer";

bool is_redirect(ngx_uint_t status) noexcept {
  return status == NGX_HTTP_MOVED_PERMANENTLY || status == NGX_HTTP_MOVED_TEMPORARILY ||
         status == NGX_HTTP_SEE_OTHER || status == NGX_HTTP_TEMPORARY_REDIRECT ||
         status == NGX_HTTP_PERMANENT_REDIRECT;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

bool is_secure(const ngx_http_request_t* r) noexcept {
#if (NGX_HTTP_SSL)
  return r->connection->ssl != nullptr;
#else
  static_cast<void>(r);
  return false;
#endif
}

// "/plan#top" → "/plan?abm=TOKEN#top".
std::string_view with_argument(std::string_view url, std::string_view name, std::string_view value,
                               ngx_pool_t* pool) noexcept {
  const size_t end = std::min(url.find('#'), url.size());
  const bool has_query = url.substr(0, end).find('?') != std::string_view::npos;
  auto* out = static_cast<char*>(ngx_pnalloc(pool, url.size() + name.size() + value.size() + 3));
  if (out == nullptr) return {};
  char* at = out;
  const auto append = [&](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  append(url.substr(0, end));
  append(has_query ? "&" : "?");
  append(name);
  append("=");
  append(value);
  append(url.substr(end));
  *at = '\0';
  return {out, static_cast<size_t>(at - out)};
}

// Whether the URL has such an argument of its own already.
bool has_argument(std::string_view url, std::string_view name, ngx_pool_t* pool) noexcept {
  auto* out = static_cast<char*>(ngx_pnalloc(pool, url.size() + 1));
  Cut cut;
  return out == nullptr || url_without(url, name, out, cut).size() != url.size();
}

// nginx's pointer to it leaves out what an upstream says without a host.
ngx_table_elt_t* location_of(ngx_http_request_t* r) noexcept {
  ngx_table_elt_t* found = nullptr;
  for_each_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
    if (header.hash != 0 && equals_ignoring_case(view(header.key), "Location")) found = &header;
    return found == nullptr;
  });
  return found;
}

// The next request is about the same visit: "http://" before "https://", "/plan" before "/plan/".
bool carry_along(ngx_http_request_t* r, std::string_view name, std::string_view token) noexcept {
  if (!is_redirect(r->headers_out.status) || !is_token(token)) return false;
  ngx_table_elt_t* location = location_of(r);
  if (location == nullptr) return false;
  const std::string_view url = view(location->value);
  if (target_of(url, view(r->headers_in.server), is_secure(r)) != Target::kSameHost ||
      has_argument(url, name, r->pool))
    return false;
  const std::string_view carried = with_argument(url, name, token, r->pool);
  if (carried.empty()) return false;
  location->value = ngx_string_of(carried);
  return true;
}

// The page's own policy stays where it says less; a browser goes by the last one that it knows.
void keep_address_here(ngx_http_request_t* r) noexcept {
  bool says_nothing = false;
  for_each_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
    if (header.hash == 0 || !equals_ignoring_case(view(header.key), kReferrerPolicy)) return true;
    if (equals_ignoring_case(trimmed(view(header.value)), kNoReferrer)) {
      says_nothing = true;
    } else {
      header.hash = 0;
    }
    return true;
  });
  if (says_nothing) return;
  if (ngx_table_elt_t* policy = reserve_header(r, kReferrerPolicy)) fill_header(policy, "strict-origin");
}

}  // namespace

void make_private(ngx_http_request_t* r) noexcept {
  ngx_table_elt_t* cache_control = reserve_header(r, "Cache-Control");
  if (cache_control == nullptr) {
    add(counters().out_of_memory);
    return;
  }
  const std::string_view value = personal_cache_control(r);
  drop_cache_headers(r);
  replace_cache_control(r, cache_control, value);
}

void seal_answer(const Context& context, ngx_http_request_t* r) noexcept {
  const bool carried = carry_along(r, kLinkArgument, context.link_token) |
                       carry_along(r, kPreviewArgument, context.preview_token);
  if (context.visitor.preview) return;  // announce_preview() does the rest
  if (context.link_token.empty() && !carried) return;
  keep_address_here(r);
  make_private(r);
}

}  // namespace abm::module
