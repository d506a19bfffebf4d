// Networks as people and registries write them: prefixes with a reason when refused, ranges as minimal
// prefixes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace abm::ipdb {

/// As IpPrefix::parse. The error quotes the text and says what would be right.
[[nodiscard]] Result<IpPrefix> parse_network(std::string_view text);

/// "" for a network that the tree has a place for; else why it has none (it lies where IPv4 lives or in an
/// alias).
[[nodiscard]] std::string_view no_place_for(const IpPrefix& network) noexcept;

/// Appends the fewest prefixes that make up first..last, in order. Both are of one family and first <= last.
void append_range(const IpAddress& first, const IpAddress& last, std::vector<IpPrefix>& out);

/// The last address of a network.
[[nodiscard]] IpAddress last_address(const IpPrefix& network) noexcept;

}  // namespace abm::ipdb
