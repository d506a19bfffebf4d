// What each content coding does with one piece of a body: gzip and deflate (zlib), br (Brotli, RFC 7932) and
// zstd (RFC 8878). Each class is idle until open(); `memory` outlives it.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"

struct BrotliDecoderStateStruct;
struct ZSTD_DCtx_s;

namespace abm::module {

/// One step of a library: bytes go from the front of `in` to `out`, `written` of at most `room`.
struct CodingStep {
  std::string_view& in;
  char* out;
  size_t room;
  size_t& written;
};
enum class CodingResult : uint8_t { kMore, kEnd, kFailed };

class Inflate {
 public:
  Inflate() = default;
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  ~Inflate();
  /// Expects gzip if `gzip`, else what `first`, the body's first bytes, look like: a zlib stream or, as
  /// deflate is often sent (RFC 9110 8.4.1.2), a bare one.
  [[nodiscard]] bool open(bool gzip, std::string_view first, MemorySource& memory) noexcept;
  [[nodiscard]] CodingResult step(CodingStep step) noexcept;
  /// Whether `rest`, behind the end, is one more member of a gzip body (RFC 1952 2.2): if so, it is next.
  [[nodiscard]] bool next_member(std::string_view rest) noexcept;

 private:
  z_stream stream_{};
  bool opened_ = false, gzip_ = false;
};

/// A window of at most 16 MiB, the most that RFC 7932 allows; larger ones (--large_window) are refused.
class Brotli {
 public:
  Brotli() = default;
  Brotli(const Brotli&) = delete;
  Brotli& operator=(const Brotli&) = delete;
  ~Brotli();
  /// Whether it was built in.
  [[nodiscard]] static bool available() noexcept;
  [[nodiscard]] bool open(MemorySource& memory) noexcept;
  [[nodiscard]] CodingResult step(CodingStep step) noexcept;

 private:
  BrotliDecoderStateStruct* state_ = nullptr;
};

/// A window of at most 8 MiB, the most that RFC 9659 allows on the web. Frames one after another are one
/// body, skippable ones are skipped.
class Zstd {
 public:
  Zstd() = default;
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd();
  [[nodiscard]] static bool available() noexcept;
  [[nodiscard]] bool open(MemorySource& memory) noexcept;
  [[nodiscard]] CodingResult step(CodingStep step) noexcept;
  /// Whether `rest`, behind the end of a frame, is one more.
  [[nodiscard]] bool next_frame(std::string_view rest) noexcept;

 private:
  ZSTD_DCtx_s* state_ = nullptr;
  bool within_frame_ = false;
};

}  // namespace abm::module
