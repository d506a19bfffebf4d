// Decodes a body that an upstream sent gzip or deflate encoded although it was asked not to.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/memory.h"

namespace abm::module {

enum class Encoding : uint8_t { kIdentity, kGzip, kDeflate, kOther };

/// From a Content-Encoding value, ASCII case ignored; a list of more than one coding is kOther.
[[nodiscard]] Encoding encoding_from(std::string_view value) noexcept;

/// Streaming inflate with bounds: memory is zlib's window, output is at most kMaxRatio times the input once
/// it has passed kFreeBytes. Not thread-safe.
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
  ~Decoder();

  /// `memory` outlives the decoder. False without memory.
  [[nodiscard]] bool start(Encoding encoding, MemorySource memory) noexcept;
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// Takes from the front of `in`, writes to `out` (`room` bytes), says in `written` how many.
  [[nodiscard]] Step decode(std::string_view& in, char* out, size_t room, size_t& written) noexcept;

 private:
  [[nodiscard]] bool open(std::string_view first) noexcept;
  [[nodiscard]] bool next_member(std::string_view rest) noexcept;

  z_stream stream_{};
  MemorySource memory_;
  Encoding encoding_ = Encoding::kIdentity;
  bool active_ = false;
  bool opened_ = false;
  bool ended_ = false;
  uint64_t in_total_ = 0;
  uint64_t out_total_ = 0;
};

}  // namespace abm::module
