// As much about a compressed log as it takes to tell which log it was, and whether all of it had been read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connect/logs/checkpoint.h"

namespace abm::connect {

struct Compressed {
  std::string start;             ///< its first kHeadBytes, decompressed if possible
  std::optional<uint32_t> size;  ///< of all of it, modulo 2^32, as gzip says; std::nullopt: not gzip

  [[nodiscard]] uint64_t id() const noexcept { return hash64(start); }
  /// Whether it is the log that `mark` describes.
  [[nodiscard]] bool is(const Mark& mark) const noexcept;
};

[[nodiscard]] Result<Compressed> read_compressed(const std::string& path);

}  // namespace abm::connect
