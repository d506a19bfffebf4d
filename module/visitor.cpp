// Who visits.
#include "module/visitor.h"

#include "generation/preview_token.h"
#include "module/preview.h"

namespace abm::module {
namespace {

constexpr size_t kMaxIdentity = 256;

// Any listed variable that is neither empty nor "0".
bool opted_out(ngx_http_request_t* r, const LocConf* conf) noexcept {
  if (conf->opt_out == nullptr) return false;
  const auto* indexes = static_cast<const ngx_int_t*>(conf->opt_out->elts);
  for (ngx_uint_t i = 0; i < conf->opt_out->nelts; ++i) {
    const ngx_http_variable_value_t* value =
        ngx_http_get_flushed_variable(r, static_cast<ngx_uint_t>(indexes[i]));
    if (value == nullptr || value->not_found || value->len == 0) continue;
    if (value->len == 1 && value->data[0] == '0') continue;
    return true;
  }
  return false;
}

// Lower case, without the blanks around it: identities are domains or account ids.
std::string_view identity_text(ngx_http_request_t* r, const LocConf* conf,
                               char (&buffer)[kMaxIdentity]) noexcept {
  if (conf->identity == NGX_CONF_UNSET) return {};
  const ngx_http_variable_value_t* value =
      ngx_http_get_flushed_variable(r, static_cast<ngx_uint_t>(conf->identity));
  if (value == nullptr || value->not_found) return {};
  std::string_view text(reinterpret_cast<const char*>(value->data), value->len);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '.'))
    text.remove_suffix(1);
  if (text.size() > kMaxIdentity) text = text.substr(0, kMaxIdentity);  // no account has one that long
  ngx_strlow(reinterpret_cast<u_char*>(buffer), bytes_of(text), text.size());
  return {buffer, text.size()};
}

// The account of a valid token; a bad one is as if it were not there.
bool accept_token(std::string_view token, Visitor& visitor, ngx_http_request_t* r,
                  const generation::Generation& gen) noexcept {
  const auto claims = generation::check_preview_token(token, view(r->headers_in.server), ngx_time(),
                                                      view(loc_conf(r)->preview_key));
  if (!claims) return false;
  const auto account = gen.accounts().find_id(claims->account);
  if (!account) return false;
  visitor.preview = true;
  visitor.identity.account = account;
  visitor.identity.confidence = Confidence::kHigh;
  visitor.identity.source = "preview";
  if (claims->at) visitor.now = *claims->at;
  return true;
}

// After a redirect inside nginx, the token of the first request line still counts.
bool ask_preview(Context& context, ngx_http_request_t* r, const generation::Generation& gen) noexcept {
  if (loc_conf(r)->preview_key.len == 0) return false;
  return accept_token(preview_token(r), context.visitor, r, gen) ||
         accept_token(context.preview_token, context.visitor, r, gen);
}

}  // namespace

bool connection_address(const ngx_http_request_t* r, IpAddress& address) noexcept {
  const sockaddr* socket = r->connection->sockaddr;
  if (socket == nullptr) return false;
  if (socket->sa_family == AF_INET) {
    sockaddr_in in;
    ngx_memcpy(&in, socket, sizeof in);
    address = IpAddress::v4(reinterpret_cast<const uint8_t*>(&in.sin_addr));
    return true;
  }
#if (NGX_HAVE_INET6)
  if (socket->sa_family == AF_INET6) {
    sockaddr_in6 in6;
    ngx_memcpy(&in6, socket, sizeof in6);
    address = IpAddress::v6(reinterpret_cast<const uint8_t*>(&in6.sin6_addr));
    return true;
  }
#endif
  return false;
}

const Visitor& ask_visitor(Context& context, ngx_http_request_t* r) noexcept {
  Visitor& visitor = context.visitor;
  if (visitor.asked) return visitor;
  visitor.asked = true;
  visitor.now = ngx_time();
  const LocConf* conf = loc_conf(r);
  if (conf->data == nullptr || conf->data->folder == nullptr) return visitor;
  context.live = conf->data->folder->live();
  if (context.live == nullptr) return visitor;
  const generation::Generation& gen = *context.live->generation;
  visitor.has_address = connection_address(r, visitor.address);
  if (ask_preview(context, r, gen)) return visitor;
  visitor.opted_out = opted_out(r, conf);
  if (visitor.opted_out) return visitor;
  char buffer[kMaxIdentity];
  const std::string_view identity = identity_text(r, conf, buffer);
  if (identity.empty() && !visitor.has_address) return visitor;
  visitor.identity = generation::identify(gen, visitor.address, identity, conf->identity_kind);
  return visitor;
}

}  // namespace abm::module
