// zlib with the two dialects of "deflate" (RFC 9110 8.4.1.2) and multi-member gzip (RFC 1952 2.2).
#include <algorithm>
#include <climits>

#include "module/body_coding.h"
#include "module/decoder_memory.h"

namespace abm::module {
namespace {

constexpr unsigned char kGzipMagic = 0x1f;

void* allocate_for_zlib(void* source, unsigned items, unsigned size) noexcept {
  return get_decoder_memory(source, static_cast<size_t>(items) * size);
}

// RFC 1950 2.2: method 8 and a header that divides by 31. Anything else under "deflate" is a bare stream.
bool looks_like_zlib(std::string_view bytes) noexcept {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if ((first & 0x0f) != Z_DEFLATED || first >> 4 > 7) return false;
  return bytes.size() < 2 || ((first << 8) + static_cast<unsigned char>(bytes[1])) % 31 == 0;
}

}  // namespace

Inflate::~Inflate() {
  if (opened_) inflateEnd(&stream_);
}

bool Inflate::open(bool gzip, std::string_view first, MemorySource& memory) noexcept {
  gzip_ = gzip;
  stream_.zalloc = allocate_for_zlib;
  stream_.zfree = put_decoder_memory;
  stream_.opaque = &memory;
  int bits = MAX_WBITS + 16;  // gzip
  if (!gzip) bits = looks_like_zlib(first) ? MAX_WBITS : -MAX_WBITS;
  opened_ = inflateInit2(&stream_, bits) == Z_OK;
  return opened_;
}

CodingResult Inflate::step(CodingStep step) noexcept {
  const auto in_size = static_cast<unsigned>(std::min<size_t>(step.in.size(), UINT_MAX));
  const auto out_size = static_cast<unsigned>(std::min<size_t>(step.room, UINT_MAX));
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(step.in.data()));
  stream_.avail_in = in_size;
  stream_.next_out = reinterpret_cast<Bytef*>(step.out);
  stream_.avail_out = out_size;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  step.written = out_size - stream_.avail_out;
  step.in.remove_prefix(in_size - stream_.avail_in);
  if (result == Z_STREAM_END) return CodingResult::kEnd;
  return result == Z_OK || result == Z_BUF_ERROR ? CodingResult::kMore : CodingResult::kFailed;
}

bool Inflate::next_member(std::string_view rest) noexcept {
  return gzip_ && !rest.empty() && static_cast<unsigned char>(rest[0]) == kGzipMagic &&
         inflateReset(&stream_) == Z_OK;
}

}  // namespace abm::module
