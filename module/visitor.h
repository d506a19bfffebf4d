// Who visits: preview, opt-out, first-party identity, address, in this order, asked once and lazily.
#pragma once

#include "module/context.h"

namespace abm::module {

/// Fills and returns context.visitor for the location that `r` is in. Pins the generation in use.
const Visitor& ask_visitor(Context& context, ngx_http_request_t* r) noexcept;

/// The connection's address, which `realip` has set if it is configured; false for anything but IPv4 and
/// IPv6.
[[nodiscard]] bool connection_address(const ngx_http_request_t* r, IpAddress& address) noexcept;

}  // namespace abm::module
