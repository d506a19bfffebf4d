// A cookie is as old as the link or the login that it comes from: its own end is not all that counts.
#include "module/consent.h"

namespace abm::module {

bool consents(ngx_http_request_t* r, const LocConf& conf) noexcept {
  if (conf.remember == 0) return false;
  const ngx_http_variable_value_t* value =
      ngx_http_get_flushed_variable(r, static_cast<ngx_uint_t>(conf.remember_if));
  if (value == nullptr || value->not_found || value->len == 0) return false;
  return value->len != 1 || value->data[0] != '0';
}

std::optional<generation::RememberedClaims> read_cookie(const Context& context, const LocConf& conf,
                                                        int64_t now) noexcept {
  if (conf.remember == 0 || context.cookie.empty()) return std::nullopt;
  auto claims = generation::check_remembered(context.cookie, view(context.request->headers_in.server), now,
                                             conf.link_keys.keys());
  if (claims && now >= claims->since + conf.remember) claims.reset();
  return claims;
}

}  // namespace abm::module
