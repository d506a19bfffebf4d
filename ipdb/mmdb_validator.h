// Walks every node and every reachable record of an MMDB (MaxMind DB File Format 2.0) before anything uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace abm::ipdb {

struct MmdbLimits {
  unsigned max_depth = 16;                ///< of maps and arrays within one record
  uint64_t max_steps = 1u << 28;          ///< nodes and data fields visited in all
  uint64_t max_record_fields = 1u << 16;  ///< fields of one record, pointers followed
};

struct MmdbSummary {
  uint32_t node_count = 0;
  uint16_t record_size = 0;   ///< bits: 24, 28 or 32
  uint16_t ip_version = 0;    ///< 4 or 6
  uint64_t networks = 0;      ///< leaves with data
  uint64_t records = 0;       ///< distinct data offsets
  uint64_t build_epoch = 0;   ///< Unix seconds
};

/// Refuses: missing or malformed metadata, a tree that leaves the file, cycles or shared nodes that would make the walk
/// longer than the limits, depth over 128 bits, data pointers outside the data section, pointer chains and loops, sizes
/// that cross the end, depth or counts over the limits, invalid UTF-8 in strings. Linear time (each node and each data
/// offset once); memory one bit a node and one a data byte.
[[nodiscard]] Result<MmdbSummary> validate_mmdb(std::string_view bytes, const MmdbLimits& limits = {});

}  // namespace abm::ipdb
