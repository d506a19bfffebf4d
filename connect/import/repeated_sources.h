// Sources that are there twice: an export without ids would count twice, and nothing in it says so.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "generation/account_sources.h"

namespace abm::connect {

/// Of each source, the one in whose place it is superfluous, since both are the same file or have the same
/// bytes; std::nullopt: it counts. Of two, the first counts, or the one with a map. Files only: what cannot
/// be read is nobody's repetition.
[[nodiscard]] std::vector<std::optional<size_t>> repeated_sources(
    std::span<const generation::AccountSource> sources);

}  // namespace abm::connect
