// Response headers. nginx skips those whose hash is 0.
#include "module/headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "module/cache_headers.h"

namespace abm::module {
namespace {

constexpr std::string_view kCacheControl = "Cache-Control";

// Content-MD5 and the digests of RFC 3230 and RFC 9530 are about the original's bytes.
constexpr std::array<std::string_view, 4> kDigests = {"Content-MD5", "Digest", "Content-Digest",
                                                      "Repr-Digest"};

bool is_digest(std::string_view name) noexcept {
  return std::any_of(kDigests.begin(), kDigests.end(),
                     [&](std::string_view digest) { return equals_ignoring_case(name, digest); });
}

// "max-age=600, content="ESI/1.0"" → "no-store, content="ESI/1.0""; "" without such a directive, or memory.
std::string_view without_storing(std::string_view value, std::string_view kept, ngx_pool_t* pool) noexcept {
  const std::string_view directive = find_directive(value, kept);
  if (directive.empty()) return {};
  constexpr std::string_view kNoStore = "no-store, ";
  auto* text = static_cast<char*>(ngx_pnalloc(pool, kNoStore.size() + directive.size()));
  if (text == nullptr) return {};
  std::copy(directive.begin(), directive.end(), std::copy(kNoStore.begin(), kNoStore.end(), text));
  return {text, kNoStore.size() + directive.size()};
}

}  // namespace

bool cache_control_has(ngx_list_t& headers, std::string_view directive) noexcept {
  bool found = false;
  for_each_header(headers, [&](const ngx_table_elt_t& header) {
    found = header.hash != 0 && equals_ignoring_case(view(header.key), kCacheControl) &&
            has_directive(view(header.value), directive);
    return !found;
  });
  return found;
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

// The origin's no-store and, where abm_no_transform ignores it, its no-transform stay: caches and CDNs
// behind us are to respect them.
std::string_view personal_cache_control(ngx_http_request_t* r) noexcept {
  const bool no_transform = cache_control_has(r->headers_out.headers, "no-transform");
  if (cache_control_has(r->headers_out.headers, "no-store"))
    return no_transform ? "no-store, no-transform" : "no-store";
  return no_transform ? "private, no-cache, no-transform" : "private, no-cache";
}

void drop_original_trailers(ngx_http_request_t* r) noexcept {
  for_each_header(r->headers_out.trailers, [](ngx_table_elt_t& trailer) {
    const std::string_view name = view(trailer.key);
    if (is_digest(name) || equals_ignoring_case(name, kCacheControl) || find_cache_header(name) != nullptr ||
        equals_ignoring_case(name, "ETag")) {
      trailer.hash = 0;
    }
    return true;
  });
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
    if (equals_ignoring_case(view(other.key), kCacheControl)) other.hash = 0;
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
