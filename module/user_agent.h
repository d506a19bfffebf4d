// The `bot` flag: what a user agent says about itself, nothing cleverer.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace abm::module {

/// Bytes of a user agent that are looked at.
inline constexpr size_t kMaxUserAgentRead = 512;

/// True for an empty user agent and for one that names a crawler, a command-line client, a monitor or a
/// headless browser: a name of robots.inc or of `more`, a word that ends in bot, crawler, spider or scraper,
/// or the address of a page about a robot ("+http…"). Names are found where they stand as words of their own;
/// where Android describes the telephone, words may end in anything. `more` is sorted, in lower case, and
/// like the names of robots.inc. It is only a flag: nobody is treated differently because of it.
[[nodiscard]] bool looks_like_bot(std::string_view user_agent,
                                  std::span<const std::string_view> more = {}) noexcept;

}  // namespace abm::module
