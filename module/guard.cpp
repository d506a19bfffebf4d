// Decides before the content is made, while it is still open what upstreams are asked for.
#include "module/guard.h"

#include "module/decide.h"
#include "module/page_request.h"

namespace abm::module {
namespace {

// A browser that goes to a page says that it wants HTML, whatever the URL looks like.
bool may_be_page(ngx_http_request_t* r) noexcept {
  return classify_extension(r) != Extension::kOther || accepts_html(r);
}

}  // namespace

ngx_int_t guard_handler(ngx_http_request_t* r) {
  if (r != r->main) return NGX_DECLINED;
  Context* context = find_context(r);
  // What runs when the page is already on its way (post_action) decides nothing about it.
  if (context != nullptr && (context->response != nullptr || r->header_sent)) return NGX_DECLINED;
  if (context != nullptr) {
    // A redirect inside nginx came back here: what was decided for the previous location is void.
    context->hidden.start_over(r);
    if (context->plan.stage != Plan::Stage::kNone) context->plan = Plan{};
    context->enabled = context->fit = false;
  }
  const LocConf* conf = loc_conf(r);
  if (!conf->enable || conf->is_endpoint != 0 || !may_be_page(r)) return NGX_DECLINED;
  context = enter_location(r);
  if (context == nullptr) return NGX_DECLINED;
  const Stopwatch stopwatch(*context);
  if (decide(*context).skip != Skip::kNone) return NGX_DECLINED;
  if (const Skip unfit = unfit_request(r); unfit != Skip::kNone) {
    context->plan.skip = unfit;
    context->plan.release_edits();
    return NGX_DECLINED;
  }
  context->fit = true;
  if (!context->hidden.ask_origin(r)) {
    context->plan.skip = Skip::kMemory;
    context->plan.release_edits();
    add(counters().out_of_memory);
  }
  return NGX_DECLINED;
}

}  // namespace abm::module
