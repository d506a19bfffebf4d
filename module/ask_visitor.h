// Who visits: preview, opt-out, first-party identity, address, in this order, asked lazily.
#pragma once

#include "module/context.h"
#include "module/live.h"

namespace abm::module {

enum class Asking : uint8_t {
  kForPage,  ///< where the page is decided, or later
  kEarly,    ///< before: later phases may know better
};

/// Asks anew, in a location that has abm_data, and fills context.visitor. What asking makes nginx compute
/// leaves no trace in the request. The generation that answered; nullptr: none is in use. Valid until the
/// worker's next event.
const Live* ask_visitor(Context& context, const LocConf* conf, Asking when) noexcept;

/// For variables: what was told before, else what can be known by now. `fallback` is the location to ask in
/// where the main request's has no abm_data (a subrequest's).
const Visitor& known_visitor(Context& context, const LocConf* fallback) noexcept;

/// The location to ask in: the main request's, or `fallback` where that has no abm_data.
[[nodiscard]] const LocConf* location_with_data(const Context& context, const LocConf* fallback) noexcept;

/// The connection's address, which `realip` has set if it is configured; false for anything but IPv4 and
/// IPv6.
[[nodiscard]] bool connection_address(const ngx_http_request_t* r, IpAddress& address) noexcept;

}  // namespace abm::module
