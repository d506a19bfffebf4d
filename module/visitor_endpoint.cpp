// abm_visitor: the visitor's own account as JSON, for pages that render in the browser.
#include <string>

#include "base/json_writer.h"
#include "module/ask_visitor.h"
#include "module/conf.h"
#include "module/context.h"
#include "module/decide.h"
#include "module/endpoint.h"
#include "module/fence.h"
#include "module/page_request.h"

namespace abm::module {
namespace {

using accounts::TextField;

// Nothing but what the page may show: neither attributes, owner nor intent.
std::string describe(Context* context, ngx_http_request_t* r) {
  std::string out;
  JsonWriter<std::string> json(out);
  // Where the site lets other sites read the answer (Access-Control-Allow-Origin), they must not learn who
  // visits.
  const bool may_tell = context != nullptr && !is_cross_site(r);
  // A subrequest is part of another page, which decides for itself when its time comes.
  if (may_tell) match_rules(*context, loc_conf(r), r == r->main ? Asking::kForPage : Asking::kEarly);
  const accounts::AccountView* account = may_tell ? context->visitor.account() : nullptr;
  const bool known = account != nullptr && !account->excluded() && !context->visitor.expired;
  json.begin_object().key("identified").boolean(known);
  if (known) {
    json.key("name").string(account->name());
    json.key("domain").string_or_null(account->text(TextField::kDomain));
    json.key("tier").string(accounts::to_string(account->tier()));
    json.key("segments").begin_array();
    for (uint32_t i = 0; i < account->segment_count(); ++i) json.string(account->segment(i));
    json.end_array();
    json.key("industry").string_or_null(account->text(TextField::kIndustry));
    json.key("arm").string(context->page_plan().arm_text());
  }
  json.end_object();
  return out;
}

ngx_int_t answer_visitor(ngx_http_request_t* r) {
  Context* context = loc_conf(r)->data != nullptr ? enter_location(r) : nullptr;
  return answer_text(r, describe(context, r), "application/json", "private, no-store");
}

}  // namespace

ngx_int_t visitor_handler(ngx_http_request_t* r) {
  return Fence<answer_visitor, answer_internal_error>::call(r);
}

}  // namespace abm::module
