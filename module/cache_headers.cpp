// One table of headers, and lists of directives.
#include "module/cache_headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

// Each with who defines it. What only names, tags or varies a stored page is not here, since a page that
// nothing allows to be kept has no use for it: Surrogate-Key (Fastly), Cache-Tag (Cloudflare, Netlify),
// Edge-Cache-Tag (Akamai), xkey (Varnish), X-LiteSpeed-Tag, Netlify-Vary, Vary, No-Vary-Search, Cache-Groups
// (RFC 9875). Nor is what tells of the past: Age, Cache-Status, Warning; nor Pragma, which means nothing in a
// response (RFC 9111 5.4).
constexpr std::array<CacheHeader, 7> kCacheHeaders = {{
    {"Expires", false, {}},          // RFC 9111 5.3
    {"X-Accel-Expires", false, {}},  // nginx as the next proxy: above everything else (ngx_http_proxy_module)
    // RFC 9213, targeted fields: CDN-Cache-Control, and with a product's name in front that of Akamai,
    // Cloudflare, Netlify and Vercel; before it, X-LiteSpeed-, X-LSADC- and X-Magento-Cache-Control.
    {"-Cache-Control", true, {}},
    {"Surrogate-Control", true, "content"},  // Edge Architecture Specification 1.0 (W3C), 2.2; Fastly, Squid
    {"Edge-Control", true, "dca"},           // Akamai
    {"X-Reverse-Proxy-TTL", false, {}},      // FOSHttpCache, for Varnish
    {"X-VC-TTL", false, {}},                 // VCaching for WordPress, for Varnish
}};

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) noexcept {
  return text.size() >= suffix.size() &&
         equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

// Calls `visit(directive)` for each of a comma-separated list until it returns false; commas in quotes
// separate nothing.
template <typename Visit>
void for_each_directive(std::string_view list, Visit&& visit) noexcept {
  size_t start = 0;
  bool quoted = false;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (quoted && i + 1 < list.size() && list[i] == '\\') {
      ++i;
      continue;
    }
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (i < list.size() && (list[i] != ',' || quoted)) continue;
    if (!visit(trimmed(list.substr(start, i - start)))) return;
    start = i + 1;
  }
}

// "max-age" of "Max-Age=600".
bool is_named(std::string_view directive, std::string_view name) noexcept {
  return equals_ignoring_case(trimmed(directive.substr(0, directive.find('='))), name);
}

}  // namespace

const CacheHeader* find_cache_header(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kCacheHeaders.begin(), kCacheHeaders.end(), [&](const CacheHeader& header) {
        return header.is_suffix ? ends_with_ignoring_case(name, header.name)
                                : equals_ignoring_case(name, header.name);
      });
  return found == kCacheHeaders.end() ? nullptr : found;
}

bool has_directive(std::string_view list, std::string_view name) noexcept {
  bool found = false;
  for_each_directive(list, [&](std::string_view directive) {
    found = is_named(directive, name);
    return !found;
  });
  return found;
}

std::string_view find_directive(std::string_view list, std::string_view name) noexcept {
  std::string_view found;
  for_each_directive(list, [&](std::string_view directive) {
    if (is_named(directive, name) && directive.find('=') != std::string_view::npos) found = directive;
    return found.empty();
  });
  return found;
}

}  // namespace abm::module
