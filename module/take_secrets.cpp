// nginx's own texts are replaced by shorter copies in the request's pool. What else points into the client's
// bytes finds the token masked there.
#include "module/take_secrets.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "module/context.h"
#include "module/cut_text.h"

namespace abm::module {
namespace {

constexpr char kMask = '*';  // means nothing in a query
constexpr ngx_uint_t kHeaderSlots = 24;

using CutFunction = std::string_view (*)(std::string_view, std::string_view, char*, Cut&) noexcept;

bool mentions(std::string_view text, std::string_view name) noexcept {
  const auto same = [](char a, char b) { return ascii_lower(a) == ascii_lower(b); };
  return std::search(text.begin(), text.end(), name.begin(), name.end(), same) != text.end();
}

// False: no memory. `text` is left alone if there is nothing in it.
bool cut_from(ngx_str_t& text, std::string_view name, CutFunction function, ngx_pool_t* pool,
              Cut& cut) noexcept {
  if (!mentions(view(text), name)) return true;
  auto* out = static_cast<char*>(ngx_pnalloc(pool, text.len + 1));
  if (out == nullptr) return false;
  const std::string_view rest = function(view(text), name, out, cut);
  if (rest.size() == text.len) return true;
  out[rest.size()] = '\0';
  text = ngx_string_of(rest);
  return true;
}

void end_before_query(ngx_str_t& text) noexcept {
  text.len = std::min(text.len, view(text).find('?'));
}

// Without memory all of the query goes: better an incomplete address than one that tells who visits.
void drop_query(ngx_http_request_t* r) noexcept {
  r->args.len = 0;
  end_before_query(r->unparsed_uri);
  end_before_query(r->request_line);
  add(counters().out_of_memory);
}

// The value, copied; "" where there is none or several differ: whose visit it is would be a guess.
std::string_view kept(const Cut& cut, ngx_pool_t* pool) noexcept {
  return cut.found && !cut.differ ? pool_copy(pool, cut.value) : std::string_view();
}

void mask(std::string_view text) noexcept {
  std::memset(bytes_of(text), kMask, text.size());
}

std::string_view take_argument(ngx_http_request_t* r, std::string_view name) noexcept {
  Cut cut;
  Cut elsewhere;  // the same once more
  const ngx_str_t args = r->args;
  const bool complete = cut_from(r->args, name, query_without, r->pool, cut) &&
                        cut_from(r->unparsed_uri, name, url_without, r->pool, elsewhere) &&
                        cut_from(r->request_line, name, url_without, r->pool, elsewhere);
  if (cut.found && r->args.len == 0) r->args.data = nullptr;  // as where there is no "?"
  const std::string_view token = kept(cut, r->pool);
  if (!complete) drop_query(r);
  if (cut.found) mask(cut.differ ? view(args) : cut.value);
  return token;
}

bool is_header(const ngx_table_elt_t& header, std::string_view name) noexcept {
  return equals_ignoring_case(view(header.key), name);
}

void clean_referers(ngx_http_request_t* r, std::string_view name) noexcept {
  for_each_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
    Cut cut;
    if (is_header(header, "referer") && !cut_from(header.value, name, url_without, r->pool, cut))
      end_before_query(header.value);
    return true;
  });
}

bool is_empty_cookie(const ngx_table_elt_t& header) noexcept {
  return header.value.len == 0 && is_header(header, "cookie");
}

// A list cannot lose an element, so it is made anew. nginx's pointers to headers go on pointing to the old
// one's elements, which are the same.
void remove_empty_cookies(ngx_http_request_t* r) noexcept {
  ngx_list_t list;
  if (ngx_list_init(&list, r->pool, kHeaderSlots, sizeof(ngx_table_elt_t)) != NGX_OK) return;
  bool complete = true;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    if (is_empty_cookie(header)) return true;
    auto* copy = static_cast<ngx_table_elt_t*>(ngx_list_push(&list));
    complete = copy != nullptr;
    if (complete) *copy = header;
    return complete;
  });
  if (!complete) return;
  const bool one_part = list.last == &list.part;
  r->headers_in.headers = list;
  if (one_part) r->headers_in.headers.last = &r->headers_in.headers.part;
#if (nginx_version >= 1023000)
  ngx_table_elt_t** link = &r->headers_in.cookie;
  while (*link != nullptr) {
    if (is_empty_cookie(**link)) {
      *link = (*link)->next;
    } else {
      link = &(*link)->next;
    }
  }
#else
  ngx_array_t& cookies = r->headers_in.cookies;
  auto** all = static_cast<ngx_table_elt_t**>(cookies.elts);
  const auto* end = std::remove_if(all, all + cookies.nelts,
                                   [](const ngx_table_elt_t* cookie) { return is_empty_cookie(*cookie); });
  cookies.nelts = static_cast<ngx_uint_t>(end - all);
#endif
}

std::string_view take_cookie(ngx_http_request_t* r, bool& found) noexcept {
  Cut cut;
  bool emptied = false;
  for_each_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
    if (!is_header(header, "cookie")) return true;
    const size_t size = header.value.len;
    if (!cut_from(header.value, kCookie, cookies_without, r->pool, cut)) header.value.len = 0;
    emptied = emptied || (header.value.len == 0 && size > 0);
    return true;
  });
  if (emptied) remove_empty_cookies(r);
  found = cut.found;
  return kept(cut, r->pool);
}

}  // namespace

void take_secrets(ngx_http_request_t* r, Context& context) noexcept {
  const SrvConf& server = *srv_conf(r);
  if (server.takes_previews) {
    context.preview_token = take_argument(r, kPreviewArgument);
    clean_referers(r, kPreviewArgument);
  }
  if (server.takes_links) {
    context.link_token = take_argument(r, kLinkArgument);
    clean_referers(r, kLinkArgument);
  }
  if (server.remembers) context.cookie = take_cookie(r, context.has_cookie);
}

void drop_secrets(ngx_http_request_t* r) noexcept {
  const SrvConf& server = *srv_conf(r);
  if (server.takes_previews) static_cast<void>(take_argument(r, kPreviewArgument));
  if (server.takes_links) static_cast<void>(take_argument(r, kLinkArgument));
}

}  // namespace abm::module
