// The project's fast hashes: XXH3-64 (keys, buckets, tables) and XXH3-128 (damage); content_hash.h has the
// one that proves something.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace abm {

/// XXH3-64, seed 0. `hash64(account id)` is the account key that index, snapshot and arms share.
[[nodiscard]] inline uint64_t hash64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// XXH3-64 with a seed of one's own, for tables whose keys come from outside.
[[nodiscard]] inline uint64_t hash64(std::string_view bytes, uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// XXH3-128, seed 0, as the manifest writes it: 32 lower-case hex digits, high half first (xxhsum's order).
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;

  [[nodiscard]] std::string hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(32, '0');
    for (int i = 0; i < 16; ++i) {
      text[15 - i] = kDigits[(high >> (4 * i)) & 15];
      text[31 - i] = kDigits[(low >> (4 * i)) & 15];
    }
    return text;
  }
};

[[nodiscard]] inline Hash128 hash128(std::string_view bytes) noexcept {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.high64, h.low64};
}

/// Incremental XXH3-64: the same value that hash64() gives for all of it. Copyable; no allocation.
class Hasher64 {
 public:
  Hasher64() noexcept { XXH3_64bits_reset(&state_); }
  void update(std::string_view bytes) noexcept { XXH3_64bits_update(&state_, bytes.data(), bytes.size()); }
  [[nodiscard]] uint64_t digest() const noexcept { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

/// Incremental XXH3-128, for files read in slices. Copyable; no allocation.
class Hasher128 {
 public:
  Hasher128() noexcept { XXH3_128bits_reset(&state_); }
  void update(std::string_view bytes) noexcept { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }
  [[nodiscard]] Hash128 digest() const noexcept {
    const XXH128_hash_t h = XXH3_128bits_digest(&state_);
    return {h.high64, h.low64};
  }

 private:
  XXH3_state_t state_;
};

}  // namespace abm
