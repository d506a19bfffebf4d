// What a visitor's consent and cookie say, where `abm_remember` asks for them.
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

}  // namespace abm::module
