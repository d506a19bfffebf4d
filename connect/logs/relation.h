// Whether an unknown file is a copy of a known one (copytruncate, a backup, a decompressed file), and how
// much of it has been read there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "connect/logs/checkpoint.h"

namespace abm::connect {

/// A known log: how far it was read, and the file itself while it is open.
struct Known {
  const Mark* mark = nullptr;
  int fd = -1;
};

enum class Relation : uint8_t {
  kNone,      ///< a log of its own, as far as can be told
  kCopy,      ///< all its bytes have been read elsewhere, or will be
  kContinue,  ///< a copy whose bytes after `place` are nowhere else
  kDiverged,  ///< begins like a known log, but goes on differently
};

struct Related {
  Relation relation = Relation::kNone;
  Place place;  ///< for kContinue
};

[[nodiscard]] Related relate(int fd, uint64_t size, const std::vector<Known>& known);

}  // namespace abm::connect
