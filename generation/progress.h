// How long work tells how far it is, for whoever shows that to a person.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace abm::generation {

/// `total` 0: not known. Called often; showing it seldom enough is the receiver's part.
using Progress = std::function<void(std::string_view phase, uint64_t done, uint64_t total)>;

}  // namespace abm::generation
