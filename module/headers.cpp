// Response headers. nginx skips those whose hash is 0.
#include "module/headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

// Content-MD5 and the digests of RFC 3230 and RFC 9530 speak of the original's bytes; Expires,
// Surrogate-Control and the targeted fields of RFC 9213 (CDN-Cache-Control and its kin) would have caches
// keep a page that is one visitor's.
constexpr std::array<std::string_view, 6> kUntrue = {"Content-MD5", "Digest",  "Content-Digest",
                                                     "Repr-Digest", "Expires", "Surrogate-Control"};
constexpr std::string_view kTargetedSuffix = "-Cache-Control";

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) noexcept {
  return text.size() >= suffix.size() &&
         equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

bool is_untrue(std::string_view name) noexcept {
  return ends_with_ignoring_case(name, kTargetedSuffix) ||
         std::any_of(kUntrue.begin(), kUntrue.end(),
                     [&](std::string_view untrue) { return equals_ignoring_case(name, untrue); });
}

bool has_directive(std::string_view value, std::string_view directive) noexcept {
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    std::string_view word = value.substr(0, comma);
    value.remove_prefix(std::min(comma + 1, value.size()));
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
    if (equals_ignoring_case(word, directive)) return true;
  }
  return false;
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

void drop_original_headers(ngx_http_request_t* r) noexcept {
  for_each_header(r->headers_out.headers, [](ngx_table_elt_t& header) {
    if (is_untrue(view(header.key))) header.hash = 0;
    return true;
  });
  r->headers_out.expires = nullptr;
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
