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

// False: no memory. `text` is left alone if there is nothing in it.
bool cut_from(ngx_str_t& text, std::string_view name, CutFunction function, ngx_pool_t* pool,
              Cut& cut) noexcept {
  if (!may_hold(view(text), name)) return true;
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

bool is_header(const ngx_table_elt_t& header, std::string_view name) noexcept {
  return equals_ignoring_case(view(header.key), name);
}

// A Referer of another site is that site's, and cookies are whoever's set them.
bool is_cleaned(const ngx_http_request_t* r, const ngx_table_elt_t& header) noexcept {
  if (is_header(header, "cookie")) return false;
  const std::string_view host = view(r->headers_in.server);  // "" where nginx has not read it
  return !is_header(header, "referer") || host.empty() ||
         equals_ignoring_case(host_of_url(view(header.value)), host);
}

// The address of the page that asks is in Referer, and in headers of frameworks and proxies: HX-Current-URL,
// X-Original-URL, X-Forwarded-Uri …
void clean_headers(ngx_http_request_t* r, std::string_view name) noexcept {
  for_each_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
    Cut cut;
    if (is_cleaned(r, header) && !cut_from(header.value, name, text_without, r->pool, cut)) {
      header.value.len = 0;
      add(counters().out_of_memory);
    }
    return true;
  });
}

// Whatever it is wrapped in: Next-Router-State-Tree has it as JSON.
void mask_in_headers(ngx_http_request_t* r, std::string_view token) noexcept {
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view value = view(header.value);
    for (size_t at = value.find(token); at != std::string_view::npos;
         at = value.find(token, at + token.size()))
      mask(value.substr(at, token.size()));
    return true;
  });
}

// $request finds the line by itself where nginx has refused it before it knew where it ends; as it does.
void find_request_line(ngx_http_request_t* r) noexcept {
  if (r->request_line.data != nullptr || r->request_start == nullptr || r->header_in == nullptr) return;
  u_char* const end =
      std::find_if(r->request_start, r->header_in->last, [](u_char c) { return c == CR || c == LF; });
  r->request_line.len = static_cast<size_t>(end - r->request_start);
  r->request_line.data = r->request_start;
}

struct Taken {
  bool any = false;
  bool lost = false;  ///< there was no memory to keep it
};

// Where nginx has refused the request and shows another page (`late`), the arguments are that page's, and may
// lie in the configuration's memory.
std::string_view take_argument(ngx_http_request_t* r, std::string_view name, bool late,
                               Taken& taken) noexcept {
  Cut cut;
  Cut elsewhere;  // the same once more
  const ngx_str_t args = r->args;
  const ngx_str_t uri = r->unparsed_uri;
  const bool complete = cut_from(r->args, name, query_without, r->pool, cut) &&
                        cut_from(r->unparsed_uri, name, url_without, r->pool, elsewhere) &&
                        cut_from(r->request_line, name, url_without, r->pool, elsewhere);
  if (cut.found && r->args.len == 0) r->args.data = nullptr;  // as where there is no "?"
  const Cut& found = cut.found && !late ? cut : elsewhere;
  const std::string_view token = kept(found, r->pool);
  taken.any = taken.any || found.found || !complete;
  taken.lost = taken.lost || (token.empty() && !found.differ && !found.value.empty());
  if (!complete) drop_query(r);
  clean_headers(r, name);
  if (is_token(found.value)) mask_in_headers(r, found.value);
  if (cut.found && !late) mask(cut.differ ? view(args) : cut.value);
  if (elsewhere.found) {
    const std::string_view text = view(uri);
    mask(elsewhere.differ ? text.substr(std::min(text.find('?'), text.size() - 1) + 1) : elsewhere.value);
  }
  return token;
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

bool take_secrets(ngx_http_request_t* r, Reading reading) noexcept {
  const SrvConf& server = *srv_conf(r);
  if (r != r->main || !(server.takes_previews || server.takes_links || server.remembers)) return true;
  Context* context = get_context(r);
  if (context != nullptr && context->secrets_taken) return true;
  const bool late = reading == Reading::kRefused;
  if (late) find_request_line(r);
  Taken taken;
  std::string_view preview, link, cookie;
  bool has_cookie = false;
  if (server.takes_previews) preview = take_argument(r, kPreviewArgument, late, taken);
  if (server.takes_links) link = take_argument(r, kLinkArgument, late, taken);
  if (server.remembers) cookie = take_cookie(r, has_cookie);
  if (context == nullptr) return !taken.any && !has_cookie;
  context->secrets_taken = true;
  context->taken_late = late;
  context->preview_token = preview;
  context->link_token = link;
  if (!late) {
    context->cookie = cookie;
    context->has_cookie = has_cookie;
  }
  return !taken.lost;
}

}  // namespace abm::module
