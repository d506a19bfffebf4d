#include "connect/logs/compressed.h"

#include <zlib.h>

#include <algorithm>

#include "base/file.h"

namespace abm::connect {
namespace {

constexpr uint64_t kRaw = 4096;  // of compressed bytes: enough for kHeadBytes of text
constexpr int kGzipWindow = 15 + 16;
constexpr size_t kTrailer = 8;  // CRC and size, each four bytes, little-endian

// The first bytes of a gzip member, as many as can be decompressed.
std::optional<std::string> inflate_start(std::string raw) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return std::nullopt;
  std::string out(kHeadBytes, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(raw.data());
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_SYNC_FLUSH);
  out.resize(kHeadBytes - std::min<size_t>(stream.avail_out, kHeadBytes));
  inflateEnd(&stream);
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return std::nullopt;
  return out;
}

}  // namespace

bool Compressed::is(const Mark& mark) const noexcept {
  if (!size || mark.head.size == 0 || start.size() < mark.head.size) return false;
  return hash64(std::string_view(start).substr(0, mark.head.size)) == mark.head.hash;
}

Result<Compressed> read_compressed(const std::string& path) {
  const auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  const auto file_bytes = file_size(fd->get(), path);
  if (!file_bytes) return file_bytes.error();
  Compressed result;
  const std::string raw = bytes_at(fd->get(), 0, kRaw);
  auto start = path.ends_with(".gz") ? inflate_start(raw) : std::nullopt;
  if (!start || *file_bytes < kTrailer) {
    result.start = raw.substr(0, kHeadBytes);
    return result;
  }
  result.start = *std::move(start);
  const std::string trailer = bytes_at(fd->get(), *file_bytes - 4, 4);
  uint32_t size = 0;
  for (size_t i = trailer.size(); i-- > 0;) size = size << 8 | static_cast<unsigned char>(trailer[i]);
  result.size = size;
  return result;
}

}  // namespace abm::connect
