// Networks as people and registries write them: prefixes with a reason when refused,
// ranges as minimal prefixes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace abm::ipdb {

/// Like IpPrefix::parse. The error quotes the text and says what would be right.
[[nodiscard]] Result<IpPrefix> parse_network(std::string_view text);

/// "" for a network that has a place in the tree; otherwise why it has none (it is where
/// IPv4 lives, or in an alias).
[[nodiscard]] std::string_view no_place_for(const IpPrefix& network) noexcept;

/// Appends the fewest prefixes that make up first..last, in order. Both are of one family; first <= last.
void append_range(const IpAddress& first, const IpAddress& last, std::vector<IpPrefix>& out);

/// The last address of a network.
[[nodiscard]] IpAddress last_address(const IpPrefix& network) noexcept;

}  // namespace abm::ipdb
