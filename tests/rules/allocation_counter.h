// Counts allocations by operator new in this process: shows that a request allocates nothing.
#pragma once

#include <cstddef>

namespace abm::rules {

[[nodiscard]] size_t allocations() noexcept;

}  // namespace abm::rules
