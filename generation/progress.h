// How long-running work reports its progress to whatever shows it to a person.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace abm::generation {

/// `total` 0: unknown. Called often; the receiver decides how often to show it.
using Progress = std::function<void(std::string_view phase, uint64_t done, uint64_t total)>;

}  // namespace abm::generation
