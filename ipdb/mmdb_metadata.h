// Where the parts of an MMDB are: the metadata map, read and checked before anything else.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "ipdb/mmdb_limits.h"

namespace abm::ipdb::mmdb {

/// Views are into the file's bytes.
struct Layout {
  uint32_t node_count = 0;
  uint16_t record_bits = 0;  ///< 24, 28 or 32
  uint16_t ip_version = 0;   ///< 4 or 6
  uint64_t build_epoch = 0;  ///< Unix seconds, no later than the year 9999
  std::string_view database_type;
  std::string_view tree;
  std::string_view data;  ///< between the separator and the metadata marker

  [[nodiscard]] unsigned address_bits() const noexcept { return ip_version == 4 ? 32 : 128; }
};

/// Finds and checks the metadata; every length in the result is within the file.
[[nodiscard]] Result<Layout> read_layout(std::string_view file, const MmdbLimits& limits);

}  // namespace abm::ipdb::mmdb
