// Identification, and what keeps it from leaving traces in the request.
#include "module/ask_visitor.h"

#include <cstring>
#include <optional>
#include <utility>

#include "accounts/account_copy.h"
#include "base/text.h"
#include "generation/link_token.h"
#include "generation/preview_token.h"
#include "module/consent.h"

namespace abm::module {
namespace {

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

// What abm_identity says. Identities are domains, e-mail addresses or account ids: case, blanks around them
// and a dot at the end mean nothing. `buffer` holds the text.
void read_identity(ngx_http_request_t* r, const LocConf* conf, char (&buffer)[generation::kMaxIdentityBytes],
                   generation::Evidence& evidence) noexcept {
  if (conf->identity == NGX_CONF_UNSET) return;
  const ngx_http_variable_value_t* value =
      ngx_http_get_flushed_variable(r, static_cast<ngx_uint_t>(conf->identity));
  if (value == nullptr || value->not_found) return;
  std::string_view text = trimmed({reinterpret_cast<const char*>(value->data), value->len});
  if (text.empty()) return;
  if (conf->identity_keys.is_set()) {
    const auto claim = generation::check_signed_identity(text, ngx_time(), conf->identity_keys.keys());
    evidence.distrusted = !claim.has_value();
    if (evidence.distrusted) return;
    text = trimmed(claim->value);
  }
  text = text.substr(0, text.find_last_not_of(" \t.") + 1);
  evidence.kind = conf->identity_kind;
  evidence.distrusted = text.size() > sizeof buffer;
  if (evidence.distrusted) return;
  ngx_strlow(reinterpret_cast<u_char*>(buffer), bytes_of(text), text.size());
  evidence.identity = {buffer, text.size()};
}

// The account of a valid token; an invalid one counts as none.
bool ask_preview(Context& context, const LocConf* conf, const generation::Generation& gen) noexcept {
  if (conf->preview_key.len == 0 || context.preview_token.empty()) return false;
  const auto claims = generation::check_preview_token(
      context.preview_token, view(context.request->headers_in.server), ngx_time(), view(conf->preview_key));
  if (!claims) return false;
  const auto account = gen.accounts().find_id(claims->account);
  if (!account) return false;
  Visitor& visitor = context.visitor;
  visitor.preview = true;
  visitor.identity.account = account;
  visitor.identity.confidence = Confidence::kHigh;
  visitor.identity.source = "preview";
  if (claims->at) visitor.now = *claims->at;
  return true;
}

std::optional<generation::LinkClaims> read_link(const Context& context, const LocConf* conf) noexcept {
  if (context.link_token.empty() || !conf->link_keys.is_set()) return std::nullopt;
  return generation::check_link_token(context.link_token, view(context.request->headers_in.server),
                                      ngx_time(), conf->link_keys.keys());
}

// The account in the request's own memory: nothing may point into a generation that could go while nginx
// still holds on to a variable's value.
void keep_account(Visitor& visitor, ngx_pool_t* pool) noexcept {
  if (visitor.account() == nullptr) return;
  visitor.identity.account = accounts::copy_account(*visitor.account(), pool_memory(pool), visitor.role);
  if (visitor.account() != nullptr) return;
  visitor.preview = false;
  visitor.identity = generation::Identity();
  add(counters().out_of_memory);
}

void identify(Context& context, const LocConf* conf, const generation::Generation& gen) noexcept {
  ngx_http_request_t* r = context.request;
  Visitor& visitor = context.visitor;
  visitor.generation = gen.number();
  visitor.feed_version = gen.manifest().feed_version;
  visitor.expired = gen.expired(ngx_time());
  visitor.has_address = connection_address(r, visitor.address);
  if (ask_preview(context, conf, gen)) return;
  visitor.opted_out = opted_out(r, conf);
  if (visitor.opted_out) return;
  visitor.consents = consents(r, *conf);
  generation::Evidence evidence;
  const auto link = read_link(context, conf);
  if (link) evidence.link = link->account;
  char buffer[generation::kMaxIdentityBytes];
  read_identity(r, conf, buffer, evidence);
  const auto cookie = visitor.consents ? read_cookie(context, *conf, ngx_time()) : std::nullopt;
  if (cookie) evidence.remembered = cookie->account;
  if (visitor.has_address) evidence.address = visitor.address;
  visitor.identity = generation::identify(gen, evidence);
  visitor.has_link = link.has_value();
  visitor.has_valid_cookie = cookie.has_value();
  const bool by_link = visitor.account() != nullptr && link && visitor.identity.source == "link";
  const bool by_login = conf->identity_keys.is_set() && visitor.identity.source == "identity";
  visitor.named_by_token = by_link || by_login;
  if (!by_link) return;
  visitor.role = pool_copy(r->pool, link->role);
  visitor.campaign = pool_copy(r->pool, link->campaign);
}

// What computing variables leaves behind in a request: their values, and what a regular expression (in a
// `map`, say) captured, while `$1` in later directives is meant to be the location's. The destructor puts it
// back.
class Isolation {
 public:
  explicit Isolation(ngx_http_request_t* r) noexcept : r_(r) {
    const auto* core =
        static_cast<ngx_http_core_main_conf_t*>(ngx_http_get_module_main_conf(r, ngx_http_core_module));
    size_ = core->variables.nelts * sizeof(ngx_http_variable_value_t);
    values_ = ngx_palloc(r->pool, size_);
    if (values_ == nullptr) return;
    std::memcpy(values_, r->variables, size_);
#if (NGX_PCRE)
    captures_ = std::exchange(r->captures, nullptr);
    captures_data_ = r->captures_data;
    ncaptures_ = std::exchange(r->ncaptures, 0);
#endif
  }
  Isolation(const Isolation&) = delete;
  Isolation& operator=(const Isolation&) = delete;
  ~Isolation() {
    if (values_ == nullptr) return;
    std::memcpy(r_->variables, values_, size_);
#if (NGX_PCRE)
    r_->captures = captures_;
    r_->captures_data = captures_data_;
    r_->ncaptures = ncaptures_;
#endif
  }
  [[nodiscard]] bool holds() const noexcept {
    return values_ != nullptr;
  }

 private:
  ngx_http_request_t* r_;
  size_t size_;
  void* values_;
#if (NGX_PCRE)
  int* captures_ = nullptr;
  u_char* captures_data_ = nullptr;
  ngx_uint_t ncaptures_ = 0;
#endif
};

void identify_apart(Context& context, const LocConf* conf, const generation::Generation& gen) noexcept {
  const Isolation isolation(context.request);
  if (isolation.holds()) {
    identify(context, conf, gen);
  } else {
    add(counters().out_of_memory);
  }
}

// The visitor turns out to have opted out: $abm_… that were read before are empty for everybody who reads
// them from now on. Their old text stays where it is, in the request's memory.
void forget_early_answers(Context& context) noexcept {
  ngx_http_request_t* r = context.request;
  const ngx_array_t& own = main_conf(r)->own_variables;
  const auto* indexes = static_cast<const ngx_uint_t*>(own.elts);
  for (ngx_uint_t i = 0; i < own.nelts; ++i) {
    r->variables[indexes[i]].valid = 0;
    r->variables[indexes[i]].not_found = 0;
  }
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

const Live* ask_visitor(Context& context, const LocConf* conf, Asking when) noexcept {
  // A variable that opts out or names the visitor may itself be built from ours, which know nobody yet.
  if (context.asking) return nullptr;
  if (context.visitor.asked) context.visitor = Visitor{};
  context.visitor.now = ngx_time();
  if (conf->data == nullptr || conf->data->folder == nullptr) return nullptr;
  const Live* live = conf->data->folder->live().get();
  if (live == nullptr) return nullptr;
  context.visitor.asked = true;
  context.asking = true;
  if (conf->asks_computed) {
    identify_apart(context, conf, *live->generation);
  } else {
    identify(context, conf, *live->generation);
  }
  context.asking = false;
  keep_account(context.visitor, context.request->pool);
  if (context.told_early && context.visitor.opted_out) forget_early_answers(context);
  context.told_early = when == Asking::kEarly;
  return live;
}

const LocConf* location_with_data(const Context& context, const LocConf* fallback) noexcept {
  const LocConf* conf = loc_conf(context.request);
  return conf->data != nullptr ? conf : fallback;
}

const Visitor& known_visitor(Context& context, const LocConf* fallback) noexcept {
  if (!context.visitor.asked) ask_visitor(context, location_with_data(context, fallback), Asking::kEarly);
  return context.visitor;
}

}  // namespace abm::module
