#include "module/browser_script.h"

#include <zlib.h>

#include <new>

#include <fmt/format.h>

#include "base/hash.h"

namespace abm::module {

std::string_view browser_script_version() {
  static const std::string version = fmt::format("{:016x}", hash64(browser_script()));
  return version;
}

std::string gzipped_browser_script() {
  constexpr int kGzip = 16;  // added to the window's bits
  const std::string_view script = browser_script();
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, script.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(script.data()));
  stream.avail_in = static_cast<uInt>(script.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace abm::module
