// The cookie is as old as the link or the login that it comes from, and never made from a cookie.
#include "module/remember.h"

#include <fmt/format.h>

#include "base/text.h"
#include "module/decide.h"
#include "module/headers.h"
#include "module/page_request.h"
#include "module/sealed_answer.h"
#include "module/take_secrets.h"

namespace abm::module {
namespace {

constexpr int64_t kRenewAfter = 24 * 60 * 60;  // seconds: who is logged in need not get it with every page

// Neither a prefetch or a part of another page, nor another site's script or frame: whoever puts a link of
// their own into a page must not choose whom its readers are taken for.
bool is_visit(ngx_http_request_t* r) noexcept {
  if (page_load(r) != PageLoad::kPage) return false;
  return !is_cross_site(r) || equals_ignoring_case(request_header(r, "sec-fetch-mode"), "navigate");
}

bool is_fresh(const Visitor& visitor) noexcept {
  return visitor.remembered.since > 0 && visitor.remembered.account == visitor.account()->id() &&
         visitor.now - visitor.remembered.since < kRenewAfter;
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

bool keep_in_browser(const Visitor& visitor, const LocConf& conf, ngx_http_request_t* r) {
  generation::RememberedClaims claims;
  claims.account = visitor.account()->id();
  claims.host = view(r->headers_in.server);
  claims.since = ngx_time();
  claims.expires = claims.since + conf.remember;
  const auto token = generation::make_remembered(claims, view(conf.link_keys.first));
  return static_cast<bool>(token) && set_cookie(r, *token, conf.remember);
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
    if (!is_fresh(visitor) && keep_in_browser(visitor, *conf, r)) add(counters().remembered);
    return;
  }
  const bool may_stay = visitor.consents && visitor.remembered.since > 0;
  if (context.has_cookie && !may_stay && set_cookie(r, "", 0)) add(counters().forgotten);
}

}  // namespace abm::module
