#include "module/gzip/raw_deflate.h"

#include <algorithm>
#include <array>

#include "module/decoder_memory.h"

namespace abm::module {
namespace {

void* get_zlib_memory(void* source, unsigned items, unsigned size) noexcept {
  return get_decoder_memory(source, static_cast<size_t>(items) * size);
}

}  // namespace

bool RawDeflate::open(int level, int window_bits, int memory_level, MemorySource memory) noexcept {
  close();
  memory_ = memory;
  stream_ = {};
  stream_.zalloc = get_zlib_memory;
  stream_.zfree = put_decoder_memory;
  stream_.opaque = &memory_;
  level_ = level;
  open_ = deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
  return open_;
}

void RawDeflate::close() noexcept {
  if (open_) deflateEnd(&stream_);
  open_ = false;
}

void RawDeflate::restart(int level) noexcept {
  deflateReset(&stream_);
  if (level == level_) return;
  char nothing = 0;  // that is what it writes, but it wants room
  stream_.next_out = reinterpret_cast<Bytef*>(&nothing);
  stream_.avail_out = sizeof(nothing);
  stream_.avail_in = 0;
  if (deflateParams(&stream_, level, Z_DEFAULT_STRATEGY) == Z_OK) level_ = level;
}

bool RawDeflate::append_to(PageBytes& data, std::string_view bytes, int flush) noexcept {
  bool kept = true;
  std::array<char, 4096> room;
  write(bytes, flush, room.data(), room.size(), [&](std::string_view out) {
    const size_t wanted = data.view().size() + out.size();
    kept = kept && (wanted <= data.capacity() || data.reserve(std::max(wanted, 2 * data.capacity())) ||
                    data.reserve(wanted));
    if (kept) data.append(out);
  });
  return kept;
}

uint32_t segment_size(uint32_t rest) noexcept {
  constexpr uint32_t kMost = 16384;
  const uint32_t count = rest / kMost + (rest % kMost != 0 ? 1 : 0);
  return rest / count + (rest % count != 0 ? 1 : 0);
}

uint32_t crc_of(uint32_t crc, std::string_view bytes) noexcept {
  if (bytes.empty()) return crc;  // zlib takes no bytes at all for the begin of a new sum
  return static_cast<uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void write_stored_header(char* header, size_t size) noexcept {
  header[0] = 0;
  for (int i = 0; i < 2; ++i) {
    header[1 + i] = static_cast<char>(size >> 8 * i);
    header[3 + i] = static_cast<char>(~size >> 8 * i);
  }
}

}  // namespace abm::module
