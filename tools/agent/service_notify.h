// Tells systemd how the service is doing (sd_notify(3)'s protocol: one datagram to
// $NOTIFY_SOCKET). Does nothing elsewhere.
#pragma once

#include <string_view>

namespace abm::tools {

/// "READY=1", "STOPPING=1", "STATUS=…"; several separated by newlines. Never
/// fails: perhaps nobody is listening.
void notify_service_manager(std::string_view state) noexcept;

}  // namespace abm::tools
