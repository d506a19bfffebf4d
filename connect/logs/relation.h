// Whether a file that nobody knows yet is a copy of one that is known (copytruncate, a backup, something
// decompressed), and how much of it has been read there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "connect/logs/checkpoint.h"

namespace abm::connect {

/// A known log: what was read of it, and the file itself while it is open.
struct Known {
  const Mark* mark = nullptr;
  int fd = -1;
};

enum class Relation : uint8_t {
  kNone,      ///< a log of its own, as far as can be told
  kCopy,      ///< all its bytes have been read elsewhere, or will be
  kContinue,  ///< a copy whose bytes behind a place are nowhere else
  kDiverged,  ///< begins like a known log, and goes on differently
};

struct Related {
  Relation relation = Relation::kNone;
  Place place;  ///< for kContinue
};

[[nodiscard]] Related relate(int fd, uint64_t size, const std::vector<Known>& known);

}  // namespace abm::connect
