#include "module/gzip/raw_deflate.h"

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

void write_stored_header(char* header, size_t size) noexcept {
  header[0] = 0;
  for (int i = 0; i < 2; ++i) {
    header[1 + i] = static_cast<char>(size >> 8 * i);
    header[3 + i] = static_cast<char>(~size >> 8 * i);
  }
}

}  // namespace abm::module
