// XXH3-64 of data in pieces: the same value that hash64() gives for all of it.
#pragma once

#include "base/hash.h"

namespace abm {

/// Copyable; no allocation.
class Hasher64 {
 public:
  Hasher64() noexcept { XXH3_64bits_reset(&state_); }
  void update(std::string_view bytes) noexcept { XXH3_64bits_update(&state_, bytes.data(), bytes.size()); }
  [[nodiscard]] uint64_t digest() const noexcept { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

}  // namespace abm
