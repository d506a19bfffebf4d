// How long something took, or how long ago it was, for people.
#pragma once

#include <cstdint>
#include <string>

namespace abm::tools {

/// "3 days", "5 minutes": the largest unit that fits.
[[nodiscard]] std::string age(int64_t seconds);

}  // namespace abm::tools
