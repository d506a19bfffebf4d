// Decodes a body that an upstream sent encoded although it was asked not to: which codings, and within which
// bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/memory.h"
#include "module/body_coding.h"

namespace abm::module {

enum class Encoding : uint8_t { kIdentity, kGzip, kDeflate, kBrotli, kZstd, kOther };

/// From a Content-Encoding value, ASCII case ignored; a list of more than one coding, and one that was not
/// built in, is kOther.
[[nodiscard]] Encoding encoding_from(std::string_view value) noexcept;

/// Streaming decoder with bounds: memory is the coding's window (32 KiB, for br at most 16 MiB, for zstd at
/// most 8 MiB) and tables, output is at most kMaxRatio times the input once it has passed kFreeBytes. Not
/// thread-safe.
class Decoder {
 public:
  enum class Step : uint8_t {
    kMore,    ///< `out` got bytes or `in` was used up: call again with what is left
    kEnd,     ///< the encoded body is complete; anything after it is ignored
    kFailed,  ///< not what its label says, or over the bounds
  };
  static constexpr uint64_t kMaxRatio = 512;
  static constexpr uint64_t kFreeBytes = 8u << 20;

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// `memory` outlives the decoder. False without memory.
  [[nodiscard]] bool start(Encoding encoding, MemorySource memory) noexcept;
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// Takes from the front of `in`, writes to `out` (`room` bytes), says in `written` how many.
  [[nodiscard]] Step decode(std::string_view& in, char* out, size_t room, size_t& written) noexcept;

 private:
  [[nodiscard]] bool open(std::string_view first) noexcept;
  [[nodiscard]] bool goes_on(std::string_view rest) noexcept;
  [[nodiscard]] CodingResult step(CodingStep step) noexcept;

  MemorySource memory_;
  Inflate inflate_;
  Brotli brotli_;
  Zstd zstd_;
  Encoding encoding_ = Encoding::kIdentity;
  bool active_ = false;
  bool opened_ = false;
  bool ended_ = false;
  bool surplus_ = false;  ///< other bytes came behind the end
  bool pending_ = false;  ///< the last step filled its room, so that more may be waiting
  uint64_t in_total_ = 0;
  uint64_t out_total_ = 0;
};

}  // namespace abm::module
