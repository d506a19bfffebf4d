// What identifies a file's content: SHA-256, which nobody can forge, and XXH3-128, which is fast but proves
// nothing against anyone who can choose the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace abm {

struct Sha256 {
  std::array<uint8_t, 32> bytes{};

  friend bool operator==(const Sha256&, const Sha256&) = default;

  /// 64 lower-case hexadecimal digits, as sha256sum prints them.
  [[nodiscard]] std::string hex() const;
  /// Accepts exactly those digits.
  [[nodiscard]] static std::optional<Sha256> from_hex(std::string_view hex) noexcept;
};

/// Contents are the same only if both are equal.
struct ContentHash {
  Sha256 sha256;
  Hash128 xxh3;

  friend bool operator==(const ContentHash&, const ContentHash&) = default;
};

/// Both hashes of data in pieces. If libcrypto fails (no memory), finish() returns an error, never a hash.
class ContentHasher {
 public:
  ContentHasher() noexcept;
  ~ContentHasher();
  ContentHasher(ContentHasher&&) noexcept;
  ContentHasher& operator=(ContentHasher&&) noexcept;

  void update(std::string_view bytes) noexcept;
  /// Call once, last.
  [[nodiscard]] Result<ContentHash> finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> sha256_;  // an EVP_MD_CTX; nullptr once it has failed
  Hasher128 xxh3_;
};

[[nodiscard]] Result<ContentHash> content_hash(std::string_view bytes);

}  // namespace abm
