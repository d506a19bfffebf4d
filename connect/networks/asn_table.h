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

struct AsTable {
  uint64_t ranges = 0;
  std::string csv;  ///< lines `range_start,range_end,asn,organization`
};
/// A table as we write it: the same lines, but no organization that a spreadsheet takes for a formula. An
/// error names the first line that is no such line, and a table without any.
[[nodiscard]] Result<AsTable> read_as_table(std::string_view bytes, const std::string& name);

}  // namespace abm::connect
