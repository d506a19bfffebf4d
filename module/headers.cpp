// Response headers. nginx skips those whose hash is 0.
#include "module/headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

// Content-MD5 and the digests of RFC 3230 and RFC 9530 are about the original's bytes.
constexpr std::array<std::string_view, 4> kDigests = {"Content-MD5", "Digest", "Content-Digest",
                                                      "Repr-Digest"};

// What caches obey besides Cache-Control, or instead of it.
struct CacheHeader {
  std::string_view name;
  bool is_suffix;         ///< of the name
  std::string_view kept;  ///< the directive that has the page processed, "" for none
};
constexpr std::array<CacheHeader, 5> kCacheHeaders = {{
    {"Expires", false, {}},                  // RFC 9111 5.3
    {"X-Accel-Expires", false, {}},          // nginx as the next proxy: above everything else
    {"-Cache-Control", true, {}},            // RFC 9213, targeted fields: CDN-Cache-Control and its kin
    {"Surrogate-Control", true, "content"},  // Edge Architecture Specification 1.0 (W3C)
    {"Edge-Control", true, "dca"},           // Akamai
}};

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) noexcept {
  return text.size() >= suffix.size() &&
         equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

const CacheHeader* find_cache_header(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kCacheHeaders.begin(), kCacheHeaders.end(), [&](const CacheHeader& header) {
        return header.is_suffix ? ends_with_ignoring_case(name, header.name)
                                : equals_ignoring_case(name, header.name);
      });
  return found == kCacheHeaders.end() ? nullptr : found;
}

bool is_digest(std::string_view name) noexcept {
  return std::any_of(kDigests.begin(), kDigests.end(),
                     [&](std::string_view digest) { return equals_ignoring_case(name, digest); });
}

// Calls `visit(directive)` for each of a comma-separated list until it returns false; commas in quotes
// separate nothing.
template <typename Visit>
void for_each_directive(std::string_view list, Visit&& visit) noexcept {
  size_t start = 0;
  bool quoted = false;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (i < list.size() && (list[i] != ',' || quoted)) continue;
    if (!visit(trimmed(list.substr(start, i - start)))) return;
    start = i + 1;
  }
}

bool has_directive(std::string_view value, std::string_view directive) noexcept {
  bool found = false;
  for_each_directive(value, [&](std::string_view word) {
    found = equals_ignoring_case(word, directive);
    return !found;
  });
  return found;
}

// "max-age=600, content="ESI/1.0"" → "no-store, content="ESI/1.0""; "" without such a directive, or memory.
std::string_view without_storing(std::string_view value, std::string_view kept, ngx_pool_t* pool) noexcept {
  std::string_view directive;
  for_each_directive(value, [&](std::string_view word) {
    const bool named = word.size() > kept.size() && word[kept.size()] == '=' &&
                       equals_ignoring_case(word.substr(0, kept.size()), kept);
    if (named) directive = word;
    return !named;
  });
  if (directive.empty()) return {};
  constexpr std::string_view kNoStore = "no-store, ";
  auto* text = static_cast<char*>(ngx_pnalloc(pool, kNoStore.size() + directive.size()));
  if (text == nullptr) return {};
  std::copy(directive.begin(), directive.end(), std::copy(kNoStore.begin(), kNoStore.end(), text));
  return {text, kNoStore.size() + directive.size()};
}

}  // namespace

bool cache_control_has(ngx_http_request_t* r, std::string_view directive) noexcept {
  bool found = false;
  for_each_header(r->headers_out.headers, [&](const ngx_table_elt_t& header) {
    found = header.hash != 0 && equals_ignoring_case(view(header.key), "Cache-Control") &&
            has_directive(view(header.value), directive);
    return !found;
  });
  return found;
}

bool decides_caching(std::string_view name) noexcept {
  return find_cache_header(name) != nullptr;
}

void drop_cache_headers(ngx_http_request_t* r) noexcept {
  for_each_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
    const CacheHeader* const known = header.hash != 0 ? find_cache_header(view(header.key)) : nullptr;
    if (known == nullptr) return true;
    const std::string_view kept =
        known->kept.empty() ? std::string_view() : without_storing(view(header.value), known->kept, r->pool);
    if (kept.empty()) {
      header.hash = 0;
    } else {
      header.value = ngx_string_of(kept);
    }
    return true;
  });
  r->headers_out.expires = nullptr;
}

void drop_original_headers(ngx_http_request_t* r) noexcept {
  for_each_header(r->headers_out.headers, [](ngx_table_elt_t& header) {
    if (is_digest(view(header.key))) header.hash = 0;
    return true;
  });
  drop_cache_headers(r);
  ngx_http_clear_content_length(r);
  ngx_http_clear_accept_ranges(r);
  ngx_http_clear_last_modified(r);
  ngx_http_clear_etag(r);
}

ngx_table_elt_t* reserve_header(ngx_http_request_t* r, std::string_view name) noexcept {
  auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
  if (header == nullptr) return nullptr;
  *header = ngx_table_elt_t{};
  header->key = ngx_string_of(name);
  return header;
}

void fill_header(ngx_table_elt_t* header, std::string_view value) noexcept {
  header->value = ngx_string_of(value);
  header->hash = 1;
}

void replace_cache_control(ngx_http_request_t* r, ngx_table_elt_t* header, std::string_view value) noexcept {
  for_each_header(r->headers_out.headers, [](ngx_table_elt_t& other) {
    if (equals_ignoring_case(view(other.key), "Cache-Control")) other.hash = 0;
    return true;
  });
  fill_header(header, value);
#if (nginx_version >= 1023000)
  r->headers_out.cache_control = header;
#else
  // nginx keeps a list of them for `gzip_proxied`.
  ngx_array_t& known = r->headers_out.cache_control;
  if (known.elts == nullptr && ngx_array_init(&known, r->pool, 1, sizeof(ngx_table_elt_t*)) != NGX_OK) return;
  known.nelts = 0;
  if (auto** slot = static_cast<ngx_table_elt_t**>(ngx_array_push(&known))) *slot = header;
#endif
}

}  // namespace abm::module
