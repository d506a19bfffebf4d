#include "base/page_url.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "base/uri_path.h"

namespace abm {
namespace {

Error refused(std::string_view url, std::string_view reason) {
  return Error{fmt::format("url '{}': {}", url, reason)};
}

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

}  // namespace

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
