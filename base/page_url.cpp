#include "base/page_url.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace abm {
namespace {

Error refused(std::string_view url, std::string_view reason) {
  return Error{fmt::format("url '{}': {}", url, reason)};
}

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

Result<std::string> decode(std::string_view raw) {
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
      return refused(raw, "'%' must be followed by two hexadecimal digits");
    }
    if (value == 0) return refused(raw, "%00 is refused");
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace

Result<std::string> normalize_path(std::string_view raw) {
  auto decoded = decode(raw);
  if (!decoded) return decoded.error();
  std::string_view rest = *decoded;
  if (!rest.starts_with('/')) return refused(raw, "a path must begin with '/'");
  std::string out = "/";
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    const bool last = end == rest.size();
    rest.remove_prefix(end);
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (out == "/") return refused(raw, "'..' climbs above the root");
      out.resize(out.rfind('/', out.size() - 2) + 1);
      continue;
    }
    out += segment;
    if (!last) out += '/';
  }
  return out;
}

Result<PageUrl> parse_page_url(std::string_view url) {
  if (std::any_of(url.begin(), url.end(), is_forbidden))
    return refused(url, "blanks and control characters must be percent-encoded");
  PageUrl page;
  std::string_view rest = url;
  if (const size_t scheme = rest.find("://"); scheme != rest.npos && rest.find('/') == scheme + 1) {
    const std::string name = ascii_lower(rest.substr(0, scheme));
    if (name != "http" && name != "https") return refused(url, "must begin with http://, https:// or '/'");
    rest.remove_prefix(scheme + 3);
    const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view host = rest.substr(0, end);
    rest.remove_prefix(end);
    if (const size_t user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
    const size_t bracket = host.starts_with('[') ? host.find(']') : size_t{0};
    if (bracket == host.npos) return refused(url, "'[' without ']'");
    if (const size_t port = host.find(':', bracket); port != host.npos) host = host.substr(0, port);
    if (host.empty()) return refused(url, "has no host");
    page.host = ascii_lower(host);
  } else if (!rest.starts_with('/')) {
    return refused(url, "must begin with http://, https:// or '/'");
  }
  rest = rest.substr(0, rest.find('#'));
  const size_t question = rest.find('?');
  if (question != rest.npos) page.query = rest.substr(question + 1);
  const std::string_view raw = rest.substr(0, question);
  auto path = normalize_path(raw.empty() ? "/" : raw);
  if (!path) return refused(url, path.message());
  page.path = std::move(*path);
  return page;
}

}  // namespace abm
