// Preview answers name the account and the rules, and no cache keeps them.
#include "module/preview.h"

#include <cstring>

#include "module/headers.h"

namespace abm::module {
namespace {

constexpr size_t kMaxValue = 4096;  // bytes; rule ids beyond are left out whole

}  // namespace

void announce_preview(const Context& context, ngx_http_request_t* r) noexcept {
  drop_cache_headers(r);
  const bool no_transform = cache_control_has(r->headers_out.headers, "no-transform");
  ngx_table_elt_t* cache_control = reserve_header(r, "Cache-Control");
  if (cache_control != nullptr)
    replace_cache_control(r, cache_control, no_transform ? "no-store, no-transform" : "no-store");
  if (ngx_table_elt_t* referrer = reserve_header(r, "Referrer-Policy"))
    fill_header(referrer, "strict-origin");
  auto* text = static_cast<char*>(ngx_pnalloc(r->pool, kMaxValue));
  ngx_table_elt_t* header = reserve_header(r, "X-ABM-Preview");
  if (text == nullptr || header == nullptr) return;
  size_t used = 0;
  // Ids hold no control characters: the feed's and the rules' grammars see to that.
  const auto append = [&](std::string_view part) {
    if (part.size() > kMaxValue - used) return false;
    std::memcpy(text + used, part.data(), part.size());
    used += part.size();
    return true;
  };
  append("account=");
  append(context.visitor.account()->id());
  append("; rules=");
  const std::span<const PlannedRule> rules = context.plan.rules;
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string_view id = rules[i].id;
    if (id.size() + 1 > kMaxValue - used) break;
    if (i > 0) append(",");
    append(id);
  }
  fill_header(header, {text, used});
}

}  // namespace abm::module
