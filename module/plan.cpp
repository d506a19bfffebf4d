// Which edits win for this request, and their bytes.
#include "module/plan.h"

#include <cstring>

#include "module/visitor.h"

namespace abm::module {
namespace {

using generation::Generation;

constexpr size_t kMaxExtension = 16;

enum class Extension : uint8_t { kNone, kUnknown, kListed, kOther };

// What nginx's `types` says of the URI's extension, in the terms of abm_types.
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
  if (conf->types.size == 0) return Extension::kListed;  // abm_types *
  const ngx_uint_t type_hash = ngx_hash_key(type->data, type->len);
  return ngx_hash_find(&conf->types, type_hash, type->data, type->len) != nullptr ? Extension::kListed
                                                                                  : Extension::kOther;
}

// After a redirect inside nginx: whether the final URI is only what carries out the one that was asked for.
// That is so for index files ("/" → "/index.html"), for `try_files $uri.html` and for front controllers
// ("/index.php"): people who write rules know the first one. A redirect to another page (error_page,
// X-Accel-Redirect) is that page.
bool carries_out(ngx_http_request_t* r, std::string_view asked, std::string_view final) noexcept {
  if (r->error_page) return false;
  if (r->upstream != nullptr && r->upstream->headers_in.x_accel_redirect != nullptr) return false;
  if (final.starts_with(asked)) {
    std::string_view rest = final.substr(asked.size());
    while (rest.starts_with('/')) rest.remove_prefix(1);  // `try_files $uri/index.html` makes "//index.html" of "/"
    if (rest.find('/') == std::string_view::npos) return true;
  }
  const Extension extension = classify_extension(r);
  return extension == Extension::kUnknown || extension == Extension::kOther;
}

void choose_path(Context& context, ngx_http_request_t* r) noexcept {
  context.path = view(r->uri);
  context.query = view(r->args);
  const std::string_view asked = context.first_uri;
  if (asked.data() == nullptr || asked == context.path || !carries_out(r, asked, context.path)) return;
  context.path = asked;
  context.query = context.first_args;
}

std::string_view accept_language(ngx_http_request_t* r) noexcept {
  std::string_view found;
  for_each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
    if (header.lowcase_key == nullptr || std::string_view(reinterpret_cast<const char*>(header.lowcase_key),
                                                          header.key.len) != "accept-language") {
      return true;
    }
    found = view(header.value);
    return false;
  });
  return found;
}

// A decision's spans are the matcher's until the next request: keep our own.
template <typename T>
bool keep(ngx_pool_t* pool, std::span<const T> from, std::span<const T>& to) noexcept {
  to = {};
  if (from.empty()) return true;
  auto* copy = static_cast<T*>(ngx_palloc(pool, from.size_bytes()));
  if (copy == nullptr) return false;
  std::memcpy(copy, from.data(), from.size_bytes());
  to = {copy, from.size()};
  return true;
}

MemorySource pool_memory(ngx_pool_t* pool) noexcept {
  return {
      pool,
      [](void* context, size_t size) noexcept { return ngx_palloc(static_cast<ngx_pool_t*>(context), size); },
      [](void*, void*, size_t) noexcept {}};
}

Skip render(Context& context, rewrite::Charset charset) noexcept {
  Plan& plan = context.plan;
  rules::RenderInput input;
  input.program = &context.live->generation->rules();
  input.account = context.visitor.account();
  input.path = context.path;
  input.charset = charset;
  input.winners = plan.winners;
  input.memory = pool_memory(context.request->pool);
  plan.charset = charset;
  plan.rendered = rules::render_edits(input);
  if (!plan.rendered.ok) return Skip::kMemory;
  if (!plan.rendered.edits.empty()) return Skip::kNone;
  for (const rules::RenderSkip skip : plan.rendered.skips) {
    if (skip == rules::RenderSkip::kCharset) return Skip::kCharset;
  }
  return Skip::kNoEdit;
}

Skip match(Context& context, ngx_http_request_t* r) noexcept {
  Plan& plan = context.plan;
  const Visitor& visitor = context.visitor;
  const Generation& gen = *context.live->generation;
  if (visitor.account()->excluded()) return Skip::kExcluded;
  if (gen.expired(ngx_time())) return Skip::kExpired;
  rules::Visit visit;
  visit.account = visitor.account();
  visit.confidence = visitor.identity.confidence;
  visit.host = view(r->headers_in.server);
  visit.path = context.path;
  visit.query = context.query;
  visit.language = accept_language(r);
  visit.now = visitor.now;
  const rules::Decision decision = context.live->matcher->match(visit);
  plan.arm = decision.arm;
  if (!keep(context.request->pool, decision.winners, plan.winners) ||
      !keep(context.request->pool, decision.rules, plan.rules) ||
      !keep(context.request->pool, decision.signals, plan.signals)) {
    plan.winners = {};
    plan.rules = {};
    return Skip::kMemory;
  }
  if (plan.winners.empty()) return Skip::kNoRule;
  if (plan.arm == rules::Arm::kControl) return Skip::kControl;
  if (plan.arm == rules::Arm::kHoldout) return Skip::kHoldout;
  return render(context, rewrite::Charset::kUtf8);
}

}  // namespace

const Plan& decide(Context& context, ngx_http_request_t* r) noexcept {
  Plan& plan = context.plan;
  if (plan.decided) return plan;
  plan.decided = true;
  choose_path(context, r);
  if (ask_visitor(context, r).account() != nullptr) plan.skip = match(context, r);
  return plan;
}

bool confirm_charset(Context& context, rewrite::Charset charset) noexcept {
  Plan& plan = context.plan;
  if (charset == rewrite::Charset::kUnsupported) {
    plan.skip = Skip::kCharset;
  } else if (charset != plan.charset) {
    plan.skip = render(context, charset);
  }
  return plan.skip == Skip::kNone;
}

bool may_be_page(ngx_http_request_t* r) noexcept {
  return classify_extension(r) != Extension::kOther;
}

bool is_surely_page(ngx_http_request_t* r) noexcept {
  return classify_extension(r) == Extension::kListed;
}

}  // namespace abm::module
