// zlib's deflate without its wrapper (RFC 1951), with memory from where its owner says.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <string_view>

#include "base/memory.h"
#include "module/page_bytes.h"

namespace abm::module {

class RawDeflate {
 public:
  RawDeflate() = default;
  RawDeflate(const RawDeflate&) = delete;
  RawDeflate& operator=(const RawDeflate&) = delete;
  ~RawDeflate() { close(); }

  /// As nginx's filter has them, unless it is told otherwise (gzip_window, gzip_hash).
  static constexpr int kUsualWindowBits = 15, kUsualMemoryLevel = 8;
  static constexpr int kBestLevel = 9;  ///< for what is compressed once
  /// What a stream takes, about (zconf.h): 268 KB for 15 and 8.
  [[nodiscard]] static constexpr size_t memory(int window_bits, int memory_level) noexcept {
    return (size_t{1} << (window_bits + 2)) + (size_t{1} << (memory_level + 9)) + 8192;
  }
  /// `window_bits`: 9 to 15. The source outlives this. False: no memory.
  [[nodiscard]] bool open(int level, int window_bits, int memory_level, MemorySource memory) noexcept;
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// A new stream, of another level where that is wanted.
  void restart(int level) noexcept;
  [[nodiscard]] int level() const noexcept { return level_; }

  /// Compresses all of `bytes` and what `flush` (Z_NO_FLUSH …) says is to follow, into pieces of `room` that
  /// `take(std::string_view)` gets.
  template <typename Take>
  void write(std::string_view bytes, int flush, char* room, size_t size, const Take& take) noexcept {
    do {
      const size_t now = bytes.size() < kAtOnce ? bytes.size() : kAtOnce;
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = static_cast<uInt>(now);
      bytes.remove_prefix(now);
      do {
        stream_.next_out = reinterpret_cast<Bytef*>(room);
        stream_.avail_out = static_cast<uInt>(size);
        deflate(&stream_, bytes.empty() ? flush : Z_NO_FLUSH);
        if (stream_.avail_out != size) take(std::string_view(room, size - stream_.avail_out));
      } while (stream_.avail_out == 0);
    } while (!bytes.empty());
  }

  /// The same into `data`, which grows. False: there is no room in it.
  [[nodiscard]] bool append_to(PageBytes& data, std::string_view bytes, int flush) noexcept;

 private:
  static constexpr size_t kAtOnce = size_t{1} << 30;  // avail_in has 32 bits

  z_stream stream_{};
  MemorySource memory_;
  int level_ = 0;
  bool open_ = false;
};

/// So many bytes of `rest` are one segment, the begin of as many equal ones as it takes: at most 16 KB, since
/// an answer that still streams leaves segment by segment. `rest` is not 0.
[[nodiscard]] uint32_t segment_size(uint32_t rest) noexcept;

/// The CRC-32 of what has the CRC-32 `crc`, and `bytes` behind it.
[[nodiscard]] uint32_t crc_of(uint32_t crc, std::string_view bytes) noexcept;

/// A block of bytes as they are (RFC 1951 3.2.4), at most kMostStored, that is not the last one: what
/// precedes them in a stream that stands at a byte.
inline constexpr size_t kStoredHeader = 5, kMostStored = 65535;
void write_stored_header(char* header, size_t size) noexcept;

}  // namespace abm::module
