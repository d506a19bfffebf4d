#include "base/uri_path.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace abm {
namespace {

Error refused_url(std::string_view url, std::string_view reason) {
  return Error{fmt::format("url '{}': {}", url, reason)};
}

}  // namespace

Result<std::string> decode_percent(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      out += raw[i];
      continue;
    }
    unsigned value = 0;
    const char* begin = raw.data() + i + 1;
    const char* end = raw.data() + std::min(i + 3, raw.size());
    if (const auto parsed = std::from_chars(begin, end, value, 16); end - begin != 2 || parsed.ptr != end) {
      return refused_url(raw, "'%' must be followed by two hexadecimal digits");
    }
    if (value == 0) return refused_url(raw, "%00 is refused");
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

Result<std::string> normalize_path(std::string_view raw) {
  auto decoded = decode_percent(raw);
  if (!decoded) return decoded.error();
  std::string_view rest = *decoded;
  if (!rest.starts_with('/')) return refused_url(raw, "a path must begin with '/'");
  std::string out = "/";
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    const bool last = end == rest.size();
    rest.remove_prefix(end);
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (out == "/") return refused_url(raw, "'..' climbs above the root");
      out.resize(out.rfind('/', out.size() - 2) + 1);
      continue;
    }
    out += segment;
    if (!last) out += '/';
  }
  return out;
}

}  // namespace abm
