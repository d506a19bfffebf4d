// Preview answers name the account and the rules, and no cache keeps them.
#include "module/preview.h"

#include <cstring>

#include "module/headers.h"

namespace abm::module {
namespace {

constexpr size_t kMaxValue = 4096;  // bytes; rule ids beyond are left out whole

}  // namespace

void announce_preview(const Context& context, ngx_http_request_t* r) noexcept {
  ngx_table_elt_t* cache_control = reserve_header(r, "Cache-Control");
  if (cache_control != nullptr) replace_cache_control(r, cache_control, "no-store");
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
  const rules::Program& program = context.live->generation->rules();
  for (size_t i = 0; i < context.plan.rules.size(); ++i) {
    const std::string_view id = program.rule(context.plan.rules[i].rule).id;
    if (id.size() + 1 > kMaxValue - used) break;
    if (i > 0) append(",");
    append(id);
  }
  fill_header(header, {text, used});
}

}  // namespace abm::module
