// A page's own scripts can still read the address that the visitor sees: PRIVACY.md says so.
#include "module/sealed_answer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "module/cut_text.h"
#include "module/headers.h"
#include "module/take_secrets.h"

namespace abm::module {
namespace {

constexpr std::string_view kReferrerPolicy = "Referrer-Policy";
/// What the standard knows (Referrer Policy, W3C, 3), and whether it keeps path and arguments from other
/// sites and from plain HTTP.
struct Policy {
  std::string_view name;
  bool keeps_address_here;
};
constexpr std::array<Policy, 8> kPolicies = {{{"no-referrer", true},
                                              {"same-origin", true},
                                              {"strict-origin", true},
                                              {"origin", false},  // tells plain HTTP the host
                                              {"no-referrer-when-downgrade", false},
                                              {"origin-when-cross-origin", false},
                                              {"strict-origin-when-cross-origin", false},
                                              {"unsafe-url", false}}};

bool is_redirect(ngx_uint_t status) noexcept {
  return status == NGX_HTTP_MOVED_PERMANENTLY || status == NGX_HTTP_MOVED_TEMPORARILY ||
         status == NGX_HTTP_SEE_OTHER || status == NGX_HTTP_TEMPORARY_REDIRECT ||
         status == NGX_HTTP_PERMANENT_REDIRECT;
}

bool is_secure(const ngx_http_request_t* r) noexcept {
#if (NGX_HTTP_SSL)
  return r->connection->ssl != nullptr;
#else
  static_cast<void>(r);
  return false;
#endif
}

Server server_of(const ngx_http_request_t* r) noexcept {
  const std::string_view host =
      r->headers_in.host != nullptr ? view(r->headers_in.host->value) : std::string_view();
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return {view(r->headers_in.server), has_port ? host.substr(colon + 1) : std::string_view(), is_secure(r)};
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

// The URL without such an argument; it itself if it has none; data is nullptr without memory.
std::string_view without_argument(std::string_view url, std::string_view name, ngx_pool_t* pool) noexcept {
  if (!may_hold(url, name)) return url;
  auto* out = static_cast<char*>(ngx_pnalloc(pool, url.size() + 1));
  Cut cut;
  if (out == nullptr) return {};
  const std::string_view rest = url_without(url, name, out, cut);
  out[rest.size()] = '\0';
  return rest;
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

// nginx makes a Location of its own that is only a path an address with the name and the scheme that it
// knows: "http:" behind a balancer that ends TLS. The path alone leads to the same place as the visitor sees
// it. False: to a name that the site prefers, which the link is not for.
bool leave_relative(ngx_http_request_t* r, const ngx_table_elt_t* location) noexcept {
  if (r->headers_out.location != location) return true;
  const auto* core =
      static_cast<ngx_http_core_loc_conf_t*>(ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  if (core->absolute_redirect && core->server_name_in_redirect) return false;
  r->headers_out.location = nullptr;
  return true;
}

// The next request is about the same visit: "http://" before "https://", "/plan" before "/plan/". A redirect
// that has the token already was made of an address that it had not been taken out of (error_page 497).
bool carry_along(ngx_http_request_t* r, std::string_view name, std::string_view token) noexcept {
  if (!is_redirect(r->headers_out.status) || token.empty()) return false;
  ngx_table_elt_t* location = location_of(r);
  if (location == nullptr) return false;
  const std::string_view url = view(location->value);
  const Target target = target_of(url, server_of(r));
  const std::string_view rest = without_argument(url, name, r->pool);
  if (url.find(token) != std::string_view::npos) {
    if (target == Target::kElsewhere) location->value = ngx_string_of(rest);
    return true;
  }
  if (target == Target::kElsewhere || rest.size() != url.size() || !is_token(token)) return false;
  if (target == Target::kRelative && !leave_relative(r, location)) return false;
  const std::string_view carried = with_argument(url, name, token, r->pool);
  if (carried.empty()) return false;
  location->value = ngx_string_of(carried);
  return true;
}

// Of the policies in the answer's headers, browsers take the last one that they know.
bool keeps_address_here(ngx_http_request_t* r) noexcept {
  bool keeps = false;
  for_each_header(r->headers_out.headers, [&](const ngx_table_elt_t& header) {
    if (header.hash == 0 || !equals_ignoring_case(view(header.key), kReferrerPolicy)) return true;
    for (std::string_view rest = view(header.value); !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      const std::string_view one = trimmed(rest.substr(0, end));
      for (const Policy& policy : kPolicies) {
        if (equals_ignoring_case(policy.name, one)) keeps = policy.keeps_address_here;
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return true;
  });
  return keeps;
}

// The page's own policy stays where it tells others no more than ours.
void keep_address_here(ngx_http_request_t* r) noexcept {
  if (keeps_address_here(r)) return;
  for_each_header(r->headers_out.headers, [](ngx_table_elt_t& header) {
    if (equals_ignoring_case(view(header.key), kReferrerPolicy)) header.hash = 0;
    return true;
  });
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
