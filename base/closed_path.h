// Why this process may not read a path. "Permission denied" alone does not say which of the folders above it
// is closed.
#pragma once

#include <string>

namespace abm {

/// "uid 33 may not enter /srv (mode 0700, owner uid 0)": the first folder from the root on that this process
/// may not enter, or the path itself if it may not read that; "" if nothing keeps it out or nothing is there.
/// Users are numbers: looking up names may wait for a network.
[[nodiscard]] std::string why_closed(const std::string& path);

}  // namespace abm
