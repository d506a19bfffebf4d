// What an MMDB may make its reader do.
#pragma once

#include <cstdint>

namespace abm::ipdb {

struct MmdbLimits {
  unsigned max_depth = 16;        ///< of maps and arrays within one record, pointers followed; at most 64
  uint64_t max_steps = 1u << 28;  ///< nodes and data fields visited in total
  uint64_t max_record_fields = 1u << 16;  ///< fields of one record, pointers followed
};

}  // namespace abm::ipdb
