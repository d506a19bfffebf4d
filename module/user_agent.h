// The `bot` flag: what a user agent says about itself, nothing cleverer.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace abm::module {

/// Bytes of a user agent that are looked at.
inline constexpr size_t kMaxUserAgentRead = 512;

/// What a robot's user agent says so with: a part of it, such as "curl", or nothing if it is empty.
/// std::nullopt for people. A robot names a crawler, a command-line client, a monitor or a headless browser:
/// a name of robots.inc or of `more`, a word that ends in bot, crawler, spider or scraper, or the address of
/// a page about a robot ("+http…"). Names are found where they stand as words of their own; where Android
/// describes the telephone, words may end in anything. `more` is sorted, in lower case, and like the names of
/// robots.inc. It is only a flag: nobody is treated differently because of it. Valid as long as `user_agent`.
[[nodiscard]] std::optional<std::string_view> robot_sign(
    std::string_view user_agent, std::span<const std::string_view> more = {}) noexcept;

}  // namespace abm::module
