// Counts what operator new hands out in this process: how tests see that a request allocates nothing.
#pragma once

#include <cstddef>

namespace abm::rules {

[[nodiscard]] size_t allocations() noexcept;

}  // namespace abm::rules
