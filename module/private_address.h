// Addresses from which no visitor comes over the internet: machines of the same site have them.
#pragma once

#include <string_view>

#include "base/ip_address.h"

namespace abm::module {

/// Private, shared, link-local or of this machine: RFC 1918, 6598, 3927, 1122 (127/8, 0/8); RFC 4193, 4291
/// (fe80::/10, ::1, ::).
[[nodiscard]] bool is_private_address(const IpAddress& address) noexcept;

/// Whether proxies tell the visitor's address in a header of this name: X-Forwarded-For, Forwarded (RFC
/// 7239), X-Real-IP and those of well-known CDNs. Any case.
[[nodiscard]] bool is_forwarding_header(std::string_view name) noexcept;

}  // namespace abm::module
