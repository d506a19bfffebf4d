// How long something took or how long ago it was, and how large it is, for people.
#pragma once

#include <cstdint>
#include <string>

namespace abm::tools {

/// "3 days", "5 minutes": the largest unit that fits.
[[nodiscard]] std::string age(int64_t seconds);
/// "812 bytes", "4.7 MB": decimal units, as disks are sold.
[[nodiscard]] std::string byte_text(uint64_t bytes);

}  // namespace abm::tools
