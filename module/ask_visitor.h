// Finds out who visits, once somebody asks: by preview token, opt-out, and then what generation/identify.h
// makes of link, first-party identity, cookie and address.
#pragma once

#include "module/context.h"
#include "module/live.h"

namespace abm::module {

enum class Asking : uint8_t {
  kForPage,  ///< where the page is decided, or later
  kEarly,    ///< before: later phases may know better
};

/// Identifies the visitor anew, in a location that has abm_data, and fills context.visitor. What nginx has to
/// compute for it leaves no trace in the request. Returns the generation that answered, valid until the
/// worker's next event; nullptr: none is in use.
const Live* ask_visitor(Context& context, const LocConf* conf, Asking when) noexcept;

/// For variables: the visitor as identified before, or else as far as can be known by now. `fallback` is the
/// location to ask in where the main request's has no abm_data (a subrequest's).
const Visitor& known_visitor(Context& context, const LocConf* fallback) noexcept;

/// The location to ask in: the main request's, or `fallback` where that has no abm_data.
[[nodiscard]] const LocConf* location_with_data(const Context& context, const LocConf* fallback) noexcept;

/// The connection's address, which `realip` has set if it is configured; false for anything but IPv4 and
/// IPv6.
[[nodiscard]] bool connection_address(const ngx_http_request_t* r, IpAddress& address) noexcept;

}  // namespace abm::module
