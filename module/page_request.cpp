// Requests as browsers make them.
#include "module/page_request.h"

#include <algorithm>

#include "base/text.h"
#include "module/conf.h"
#include "module/headers.h"
#include "rewrite/scan/mime_type.h"

namespace abm::module {
namespace {

constexpr size_t kMaxExtension = 16;
constexpr std::string_view kGrpc = "application/grpc";

bool is_grpc(const ngx_http_request_t* r) noexcept {
  if (r->method != NGX_HTTP_POST || r->headers_in.content_type == nullptr) return false;
  const std::string_view type = view(r->headers_in.content_type->value);
  return equals_ignoring_case(type.substr(0, kGrpc.size()), kGrpc);
}

// An Upgrade header, which is a list, that includes "websocket" (RFC 6455 4.1).
bool is_websocket(ngx_http_request_t* r) noexcept {
  if (r->headers_in.upgrade == nullptr) return false;
  constexpr std::string_view kProtocol = "websocket";
  const std::string_view list = view(r->headers_in.upgrade->value);
  for (size_t at = 0; at + kProtocol.size() <= list.size(); ++at) {
    if (equals_ignoring_case(list.substr(at, kProtocol.size()), kProtocol)) return true;
  }
  return false;
}

// The host of an Origin ("https://www.acme.example:8443"); "" for "null" and whatever else has none.
std::string_view host_of(std::string_view origin) noexcept {
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return {};
  origin.remove_prefix(scheme + 3);
  if (origin.starts_with('[')) return origin.substr(0, origin.find(']') + 1);
  return origin.substr(0, origin.find_first_of(":/"));
}

// What a browser says about the page that asks. Where a header occurs twice, nobody knows which one the
// browser wrote: the worse one counts.
struct AskingSite {
  bool told = false;  ///< there is a Sec-Fetch-Site
  bool is_cross_site = false;
  bool is_script = false;  ///< Sec-Fetch-Mode: cors
  bool has_foreign_origin = false;
};

AskingSite asking_site(ngx_http_request_t* r) noexcept {
  AskingSite site;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    const std::string_view name = view(header.key);
    const std::string_view value = view(header.value);
    if (equals_ignoring_case(name, "sec-fetch-site")) {
      site.told = true;
      site.is_cross_site = site.is_cross_site || equals_ignoring_case(value, "cross-site");
    } else if (equals_ignoring_case(name, "sec-fetch-mode")) {
      site.is_script = site.is_script || equals_ignoring_case(value, "cors");
    } else if (equals_ignoring_case(name, "origin")) {
      const bool own = equals_ignoring_case(host_of(value), view(r->headers_in.server));
      site.has_foreign_origin = site.has_foreign_origin || !own;
    }
    return true;
  });
  return site;
}

// Browsers without Sec-Fetch-Site send an Origin with a GET only where a script asks another site.
bool is_cross_site_script(ngx_http_request_t* r) noexcept {
  const AskingSite site = asking_site(r);
  if (site.told) return site.is_cross_site && site.is_script;
  return site.has_foreign_origin && (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
}

}  // namespace

std::string_view request_header(ngx_http_request_t* r, std::string_view lower_name) noexcept {
  std::string_view found;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    if (header.key.len != lower_name.size() || !equals_ignoring_case(view(header.key), lower_name))
      return true;
    found = view(header.value);
    return false;
  });
  return found;
}

std::string_view query_argument(ngx_http_request_t* r, std::string_view name) noexcept {
  ngx_str_t value;
  if (r->args.len == 0 || ngx_http_arg(r, bytes_of(name), name.size(), &value) != NGX_OK) return {};
  return view(value);
}

Extension classify_extension(ngx_http_request_t* r) noexcept {
  const size_t size = r->exten.len;
  if (size == 0) return Extension::kNone;
  if (size > kMaxExtension) return Extension::kUnknown;
  u_char lower[kMaxExtension];
  const ngx_uint_t hash = ngx_hash_strlow(lower, r->exten.data, size);
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  if (core->types_hash.size == 0) return Extension::kUnknown;
  const auto* type = static_cast<const ngx_str_t*>(ngx_hash_find(&core->types_hash, hash, lower, size));
  if (type == nullptr) return Extension::kUnknown;
  LocConf* conf = loc_conf(r);
  if (conf->types.size == 0)
    return rewrite::is_xml_type(view(*type)) ? Extension::kOther : Extension::kListed;  // abm_types *
  const ngx_uint_t type_hash = ngx_hash_key(type->data, type->len);
  return ngx_hash_find(&conf->types, type_hash, type->data, type->len) != nullptr ? Extension::kListed
                                                                                  : Extension::kOther;
}

bool accepts_html(ngx_http_request_t* r) noexcept {
  return request_header(r, "accept").find("text/html") != std::string_view::npos;
}

Skip unfit_request(ngx_http_request_t* r) noexcept {
  if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD | NGX_HTTP_POST)) == 0) return Skip::kStatus;
  if (is_websocket(r) || is_grpc(r)) return Skip::kUpgrade;
  if (respects_no_transform(r) && cache_control_has(r->headers_in.headers, "no-transform"))
    return Skip::kNoTransform;
  return is_cross_site_script(r) ? Skip::kCrossSite : Skip::kNone;
}

bool respects_no_transform(ngx_http_request_t* r) noexcept {
  return static_cast<NoTransform>(loc_conf(r)->no_transform) == NoTransform::kRespect;
}

PageLoad page_load(ngx_http_request_t* r) noexcept {
  PageLoadReader reader;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    reader.see(view(header.key), view(header.value));
    return true;
  });
  return reader.load();
}

bool is_cross_site(ngx_http_request_t* r) noexcept {
  const AskingSite site = asking_site(r);
  return site.told ? site.is_cross_site : site.has_foreign_origin;
}

}  // namespace abm::module
