// The `bot` flag: what a user agent says about itself, nothing cleverer.
#pragma once

#include <string_view>

namespace abm::module {

/// True for an empty user agent and for one that names a crawler, a command-line client or a headless
/// browser. It is only a flag: nobody is treated differently because of it.
[[nodiscard]] bool looks_like_bot(std::string_view user_agent) noexcept;

}  // namespace abm::module
