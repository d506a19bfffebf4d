// zlib with the two dialects of "deflate" (RFC 9110 8.4.1.2) and multi-member gzip (RFC 1952 2.2).
#include "module/decoder.h"

#include <algorithm>
#include <climits>

#include "base/text.h"

namespace abm::module {
namespace {

constexpr unsigned char kGzipMagic = 0x1f;

// zlib frees without saying how much: the size stands before each block.
struct alignas(16) SizeBefore {
  size_t size;
};

void* allocate(void* opaque, unsigned items, unsigned size) noexcept {
  const size_t total = sizeof(SizeBefore) + static_cast<size_t>(items) * size;
  auto* block = static_cast<SizeBefore*>(static_cast<MemorySource*>(opaque)->get(total));
  if (block == nullptr) return nullptr;
  block->size = total;
  return block + 1;
}

void release(void* opaque, void* memory) noexcept {
  SizeBefore* block = static_cast<SizeBefore*>(memory) - 1;
  static_cast<MemorySource*>(opaque)->put(block, block->size);
}

// RFC 1950 2.2: method 8 and a header that divides by 31. Anything else under "deflate" is a bare stream.
bool looks_like_zlib(std::string_view bytes) noexcept {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if ((first & 0x0f) != Z_DEFLATED || first >> 4 > 7) return false;
  return bytes.size() < 2 || ((first << 8) + static_cast<unsigned char>(bytes[1])) % 31 == 0;
}

}  // namespace

Encoding encoding_from(std::string_view value) noexcept {
  value = trimmed(value, " ");
  if (value.empty() || equals_ignoring_case(value, "identity")) return Encoding::kIdentity;
  if (equals_ignoring_case(value, "gzip") || equals_ignoring_case(value, "x-gzip")) return Encoding::kGzip;
  if (equals_ignoring_case(value, "deflate")) return Encoding::kDeflate;
  return Encoding::kOther;
}

Decoder::~Decoder() {
  if (opened_) inflateEnd(&stream_);
}

bool Decoder::start(Encoding encoding, MemorySource memory) noexcept {
  encoding_ = encoding;
  memory_ = memory;
  active_ = true;
  // gzip needs no look at the body, so a lack of memory shows while the original can still be sent.
  return encoding != Encoding::kGzip || open({});
}

bool Decoder::open(std::string_view first) noexcept {
  stream_.zalloc = allocate;
  stream_.zfree = release;
  stream_.opaque = &memory_;
  int bits = MAX_WBITS + 16;  // gzip
  if (encoding_ == Encoding::kDeflate) bits = looks_like_zlib(first) ? MAX_WBITS : -MAX_WBITS;
  opened_ = inflateInit2(&stream_, bits) == Z_OK;
  return opened_;
}

bool Decoder::next_member(std::string_view rest) noexcept {
  return encoding_ == Encoding::kGzip && !rest.empty() && static_cast<unsigned char>(rest[0]) == kGzipMagic &&
         inflateReset(&stream_) == Z_OK;
}

Decoder::Step Decoder::decode(std::string_view& in, char* out, size_t room, size_t& written) noexcept {
  written = 0;
  if (ended_) {
    if (!next_member(in)) {
      in = {};
      return Step::kEnd;
    }
    ended_ = false;
  }
  if (!opened_) {
    if (in.empty()) return Step::kMore;
    if (!open(in)) return Step::kFailed;
  }
  const auto in_size = static_cast<unsigned>(std::min<size_t>(in.size(), UINT_MAX));
  const auto out_size = static_cast<unsigned>(std::min<size_t>(room, UINT_MAX));
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream_.avail_in = in_size;
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = out_size;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  written = out_size - stream_.avail_out;
  in.remove_prefix(in_size - stream_.avail_in);
  in_total_ += in_size - stream_.avail_in;
  out_total_ += written;
  if (out_total_ > kFreeBytes && out_total_ / kMaxRatio > in_total_) return Step::kFailed;
  if (result == Z_STREAM_END) {
    ended_ = true;
    return in.empty() ? Step::kEnd : Step::kMore;
  }
  return result == Z_OK || result == Z_BUF_ERROR ? Step::kMore : Step::kFailed;
}

}  // namespace abm::module
