// The cookie is as old as the link or the login that it comes from, and never made from a cookie.
#include "module/remember.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "module/decide.h"
#include "module/headers.h"
#include "module/page_request.h"
#include "module/sealed_answer.h"
#include "module/take_secrets.h"

namespace abm::module {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;

// Neither a prefetch or a part of another page, nor another site's script or frame: whoever puts a link of
// their own into a page must not choose whom its readers are taken for.
bool is_visit(ngx_http_request_t* r) noexcept {
  if (page_load(r) != PageLoad::kPage) return false;
  return !is_cross_site(r) || equals_ignoring_case(request_header(r, "sec-fetch-mode"), "navigate");
}

// The beginning of the day (UTC), or, where nobody is remembered for long, of a shorter time: so the cookie
// is that of everybody whom a link to the account has brought on that day, and of no one person.
int64_t since(int64_t now, time_t remember) noexcept {
  const int64_t step = std::clamp<int64_t>(remember / 16, 1, kDay);
  return now - now % step;
}

bool set_cookie(ngx_http_request_t* r, std::string_view value, int64_t max_age) {
  const std::string_view text = pool_copy(
      r->pool,
      fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax", kCookie, value, max_age));
  ngx_table_elt_t* header = text.empty() ? nullptr : reserve_header(r, "Set-Cookie");
  if (header == nullptr) {
    add(counters().out_of_memory);
    return false;
  }
  fill_header(header, text);
  make_private(r);
  return true;
}

// Nothing is done where the browser has the very same already.
void keep_in_browser(const Context& context, const LocConf& conf, ngx_http_request_t* r) {
  const int64_t now = ngx_time();
  generation::RememberedClaims claims;
  claims.account = context.visitor.account()->id();
  claims.host = view(r->headers_in.server);
  claims.since = since(now, conf.remember);
  claims.expires = claims.since + conf.remember;
  const auto token = generation::make_remembered(claims, view(conf.link_keys.first));
  if (!token || *token == context.cookie) return;
  if (set_cookie(r, *token, claims.expires - now)) add(counters().remembered);
}

}  // namespace

void remember_visitor(Context& context, ngx_http_request_t* r) {
  const LocConf* conf = context.conf;
  if (conf == nullptr || conf->remember == 0 || !context.enabled || !context.listed) return;
  if (!context.has_cookie && context.link_token.empty() && !conf->identity_keys.is_set()) return;
  decide(context);
  const Visitor& visitor = context.visitor;
  if (!visitor.asked || visitor.preview) return;
  if (visitor.consents && visitor.named_by_token && visitor.account() != nullptr && is_visit(r)) {
    keep_in_browser(context, *conf, r);
    return;
  }
  if (context.has_cookie && !visitor.has_valid_cookie && set_cookie(r, "", 0)) add(counters().forgotten);
}

}  // namespace abm::module
