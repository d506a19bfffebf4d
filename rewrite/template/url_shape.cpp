// Follows the basic URL parser of the URL Standard (4.4) as far as scheme and host.
#include "rewrite/template/url_shape.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kSchemes[] = {"http", "https", "mailto", "tel"};

/// `rest`: what follows the scheme's ':'; the whole URL if it has no scheme.
std::string host_refusal(std::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  const std::string_view host = rest.substr(0, rest.find_first_of("/\\?#"));
  if (host.find(kPlaceholderMark) == std::string_view::npos) return {};
  return "a placeholder cannot choose the host; write the whole host and a '/' before it";
}

}  // namespace

std::string url_refusal(std::string_view shape) {
  std::string url;
  for (const char c : shape) {
    const bool leading = url.empty() && static_cast<unsigned char>(c) <= 0x20;
    if (!leading && c != '\t' && c != '\n' && c != '\r') url += c;
  }
  const std::string_view head = std::string_view(url).substr(0, url.find_first_of("/\\?#"));
  const size_t colon = head.find(':');
  if (colon == std::string_view::npos) {
    const bool names_host = url.find_first_not_of("/\\") >= 2 && (url[0] == '/' || url[0] == '\\');
    return names_host ? host_refusal(url) : std::string();
  }
  const std::string scheme = ascii_lower(head.substr(0, colon));
  if (scheme.find(kPlaceholderMark) != std::string::npos) {
    return "a placeholder cannot choose the scheme; write './' before it";
  }
  if (std::ranges::find(kSchemes, scheme) == std::end(kSchemes)) {
    return fmt::format("scheme '{}:' is not allowed here; write http, https, mailto, tel or a relative URL",
                       scheme);
  }
  return scheme.starts_with("http") ? host_refusal(std::string_view(url).substr(colon + 1)) : std::string();
}

std::string url_list_refusal(std::string_view shape) {
  constexpr std::string_view kBetween = " \t\n\f\r,";
  const size_t first = shape.find_first_not_of(kBetween);
  if (first == std::string_view::npos) return {};
  const std::string_view only = shape.substr(first, shape.find_last_not_of(kBetween) + 1 - first);
  if (only.find_first_of(kBetween) == std::string_view::npos) return url_refusal(only);
  if (shape.find(kPlaceholderMark) != std::string_view::npos) {
    return "a list of several URLs takes no placeholder; write one URL";
  }
  for (std::string_view rest = only; !rest.empty();) {
    const std::string_view url = rest.substr(0, rest.find_first_of(kBetween));
    if (std::string refusal = url_refusal(url); !refusal.empty()) return refusal;
    rest.remove_prefix(url.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(kBetween), rest.size()));
  }
  return {};
}

}  // namespace abm::rewrite
