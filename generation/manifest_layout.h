// Walks the one layout that a manifest can have: literal text, numbers, strings, hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/content_hash.h"

namespace abm::generation {

/// The first mismatch stops it; later calls do nothing. Borrows the bytes.
class ManifestLayout {
 public:
  explicit ManifestLayout(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool peek(std::string_view text) const noexcept {
    return !failed_ && bytes_.substr(at_).starts_with(text);
  }
  bool accept(std::string_view text) noexcept;
  void expect(std::string_view text) noexcept;
  /// Decimal, without leading zeros.
  uint64_t number() noexcept;
  /// `"sha256": "…", "xxh3_128": "…"`, or only the second.
  ContentHash hash(bool with_sha256) noexcept;
  /// A JSON string; surrogates are refused.
  std::string string();

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == bytes_.size(); }
  [[nodiscard]] size_t offset() const noexcept { return at_; }

 private:
  uint64_t hex(size_t digits) noexcept;
  void escape(std::string& text);

  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace abm::generation
