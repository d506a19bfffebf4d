// The table of AS numbers as an npm registry describes it, and what its files hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::connect {

struct PackageVersion {
  std::string version;    ///< the one tagged `latest`
  std::string integrity;  ///< of its archive
};
/// From a registry's answer about a package.
[[nodiscard]] Result<PackageVersion> read_package_metadata(std::string_view json);

/// How many lines `range_start,range_end,asn,organization` a table has; an error names the first that is
/// none, and a table without any.
[[nodiscard]] Result<uint64_t> count_as_ranges(std::string_view bytes, const std::string& name);

}  // namespace abm::connect
