// headers_out as nginx's header filter writes it: the type as it came and, unless that has a charset that
// nginx knows of, the charset behind it.
#include "module/content_type.h"

#include <array>

#include "rewrite/scan/mime_type.h"

namespace abm::module {
namespace {

constexpr size_t kMaxEssence = 128;  // RFC 6838 4.2: 127 bytes each, and registered ones are far shorter

}  // namespace

bool has_listed_type(const ngx_http_request_t* r, const LocConf& conf) noexcept {
  const std::string_view type = view(r->headers_out.content_type);
  if (type.empty() || conf.is_endpoint != 0) return false;
  std::array<char, rewrite::kMaxMimeCharset> room;
  const auto mime = rewrite::parse_mime_type(type, room);
  if (conf.types.size == 0) return !mime || !rewrite::is_xml_type(mime->essence);  // abm_types *
  if (!mime || mime->essence.size() > kMaxEssence) return false;
  u_char lower[kMaxEssence];
  const ngx_uint_t hash = ngx_hash_strlow(lower, bytes_of(mime->essence), mime->essence.size());
  auto* types = const_cast<ngx_hash_t*>(&conf.types);  // nginx only reads it
  return ngx_hash_find(types, hash, lower, mime->essence.size()) != nullptr;
}

rewrite::Charset charset_of_answer(const ngx_http_request_t* r) noexcept {
  const auto& out = r->headers_out;
  std::array<char, rewrite::kMaxMimeCharset> room;
  const auto mime = rewrite::parse_mime_type(view(out.content_type), room);
  if (mime && mime->charset.data() != nullptr) return rewrite::charset_of_parameter(mime->charset);
  const bool is_appended = out.content_type_len == out.content_type.len && out.charset.len != 0;
  return is_appended ? rewrite::charset_of_parameter(view(out.charset)) : rewrite::Charset::kUnlabelled;
}

}  // namespace abm::module
