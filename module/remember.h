// `abm_remember`: one cookie that names an account, for visitors who have said yes to that.
#pragma once

#include <cstdint>
#include <optional>

#include "generation/link_token.h"
#include "module/context.h"

namespace abm::module {

/// Whether the location's variable says that the visitor agrees to being remembered: it is neither empty nor
/// "0". False where nobody is remembered.
[[nodiscard]] bool consents(ngx_http_request_t* r, const LocConf& conf) noexcept;

/// What a cookie of this location says, if it is valid here and no older than `abm_remember` allows now.
[[nodiscard]] std::optional<generation::RememberedClaims> read_cookie(const Context& context,
                                                                      const LocConf& conf,
                                                                      int64_t now) noexcept;

/// For a main request's answer, when nothing but us changes its headers any more: has the browser keep the
/// account that a valid link or a signed identity has named in this very request, or forget what may not be
/// remembered (any more).
void remember_visitor(Context& context, ngx_http_request_t* r);

}  // namespace abm::module
