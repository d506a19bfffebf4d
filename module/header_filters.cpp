// Two looks at a response's headers: at the origin's, before nginx's own filters judge validators, and at
// those of the page, where it is decided on.
#include <span>

#include "base/text.h"
#include "module/begin_response.h"
#include "module/content_type.h"
#include "module/context.h"
#include "module/decide.h"
#include "module/endpoint.h"
#include "module/filters.h"
#include "module/headers.h"
#include "module/held_headers.h"
#include "module/page_request.h"
#include "module/preview.h"
#include "module/remember.h"
#include "module/response.h"
#include "module/script_delivery.h"
#include "module/sealed_answer.h"
#include "module/validators.h"

namespace abm::module {
namespace {

constexpr std::string_view kNoTransform = "no-transform";

// A 304 carries no type: the URI's extension or the client's own words have to do.
bool is_page_not_modified(ngx_http_request_t* r) noexcept {
  if (r->headers_out.status != NGX_HTTP_NOT_MODIFIED) return false;
  const Extension extension = classify_extension(r);
  return extension == Extension::kListed || (extension != Extension::kOther && accepts_html(r));
}

Encoding encoding_of(const ngx_http_request_t* r) noexcept {
  const ngx_table_elt_t* header = r->headers_out.content_encoding;
  return header == nullptr || header->hash == 0 ? Encoding::kIdentity : encoding_from(view(header->value));
}

// A 206 may be a slice, which the slice filter turns into a 200; a client's own Range has not reached the
// origin.
bool may_become_page(ngx_http_request_t* r, const Context& context) noexcept {
  const ngx_uint_t status = r->headers_out.status;
  return status == NGX_HTTP_OK || (status == NGX_HTTP_PARTIAL_CONTENT &&
                                   (context.hidden.withholds_validators() || r->headers_in.range == nullptr));
}

// An origin that could not see the client's Range answered in full: nginx may cut the range out, as the
// origin would have.
void allow_hidden_range(ngx_http_request_t* r) noexcept {
  if (r->headers_in.range == nullptr || r->allow_ranges || r->upstream == nullptr ||
      r->headers_out.status != NGX_HTTP_OK || r->headers_out.accept_ranges == nullptr ||
      !equals_ignoring_case(view(r->headers_out.accept_ranges->value), "bytes")) {
    return;
  }
  ngx_http_clear_accept_ranges(r);
  r->allow_ranges = 1;
  r->single_range = 1;  // the body streams by: nginx cannot go back for a second part
}

// nginx leaves an uncached upstream's answer as it is, because the upstream has judged the validators. This
// one could not see them.
void judge_hidden_validators(ngx_http_request_t* r) noexcept {
  if (r->upstream == nullptr || r->headers_out.status != NGX_HTTP_OK) return;
  if (r->headers_in.if_none_match == nullptr && r->headers_in.if_modified_since == nullptr) return;
  r->disable_not_modified = 0;
}

// The origin, or an add_header, wants the page to arrive as it is (RFC 9110 7.7, RFC 9111 5.2.2.6).
bool forbids_transforming(ngx_http_request_t* r) noexcept {
  return respects_no_transform(r) && cache_control_has(r->headers_out.headers, kNoTransform);
}

// Looking at the clock costs as much as letting an unknown visitor pass: only what is still to be decided is
// timed.
const Plan& decide_timed(Context& context) noexcept {
  if (context.plan.stage == Plan::Stage::kDecided) return context.plan;
  const Stopwatch stopwatch(context);
  return decide(context);
}

// Whether there is something to write, the request is fit for it, and the origin has answered what it was
// asked for by us. Says why in plan.skip otherwise.
bool is_wanted(Context& context, ngx_http_request_t* r) noexcept {
  if (decide_timed(context).skip != Skip::kNone) return false;
  if (!context.fit) context.plan.skip = unfit_request(r);
  if (context.plan.skip == Skip::kNone && context.hidden.origin_saw_validators(r)) {
    context.plan.skip = Skip::kStatus;
  }
  return context.plan.skip == Skip::kNone;
}

// Leaves the answer as it is, and gives the request its own headers back.
void let_be(Context& context, ngx_http_request_t* r) noexcept {
  const bool still_unseen = context.hidden.nobody_saw_validators();
  context.hidden.restore(r);
  if (!still_unseen) return;
  allow_hidden_range(r);
  judge_hidden_validators(r);
}

// The same, once nothing can turn the answer into a personalized page any more.
void give_up(Context& context, ngx_http_request_t* r) noexcept {
  let_be(context, r);
  context.plan.release_edits();
}

// Whether the final headers allow it; plan.skip says why not.
bool confirm(Context& context, ngx_http_request_t* r, Encoding& encoding) noexcept {
  Plan& plan = context.plan;
  if (plan.skip != Skip::kNone) return false;
  if (r->headers_out.status != NGX_HTTP_OK || !has_listed_type(r, *context.conf)) {
    plan.skip = Skip::kStatus;
    return false;
  }
  if (forbids_transforming(r)) {
    plan.skip = Skip::kNoTransform;
    return false;
  }
  encoding = encoding_of(r);
  if (encoding == Encoding::kOther) {  // a filter before ours has encoded what the origin had not
    plan.skip = Skip::kEncoded;
    return false;
  }
  if (r->headers_out.content_length_n == 0) {
    plan.skip = Skip::kEmpty;
    return false;
  }
  return confirm_charset(context, charset_of_answer(r));
}

// Whether a filter before ours (XSLT) has turned something else into a page.
bool became_page(Context& context, ngx_http_request_t* r) noexcept {
  if (context.listed || r->headers_out.status != NGX_HTTP_OK || !has_listed_type(r, *context.conf))
    return false;
  context.listed = true;
  if (!is_wanted(context, r)) return false;
  context.hidden.expect_page(r);
  return true;
}

void answer_not_modified(ngx_http_request_t* r, Response& response) noexcept {
  response.not_modified = true;
  r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
  r->headers_out.status_line.len = 0;
  r->headers_out.content_type.len = 0;
}

// Headers are reserved first: a lack of memory leaves the original as it is.
bool personalize(Context& context, ngx_http_request_t* r, Encoding encoding) noexcept {
  const bool preview = context.visitor.preview;
  const std::string_view origin_etag =
      r->headers_out.etag != nullptr ? view(r->headers_out.etag->value) : std::string_view();
  ngx_table_elt_t* cache_control = reserve_header(r, "Cache-Control");
  ngx_table_elt_t* etag = reserve_header(r, "ETag");
  char* etag_memory = pool_array<char>(r->pool, kEtagSize);
  if (cache_control == nullptr || etag == nullptr || etag_memory == nullptr || !allow_script(context, r) ||
      !begin_response(context, encoding)) {
    context.plan.skip = Skip::kMemory;
    add(counters().out_of_memory);
    return false;
  }
  const std::string_view cache = personal_cache_control(r);
  drop_original_headers(r);
  if (!preview) replace_cache_control(r, cache_control, cache);
  if (encoding != Encoding::kIdentity) {
    r->headers_out.content_encoding->hash = 0;
    r->headers_out.content_encoding = nullptr;
    add(counters().decoded);
  }
  r->main_filter_need_in_memory = 1;
  if (preview || origin_etag.empty()) return true;
  const std::string_view etag_text = make_etag(origin_etag, context.page_plan().rendered.hash,
                                               std::span<char, kEtagSize>(etag_memory, kEtagSize));
  fill_header(etag, etag_text);
  r->headers_out.etag = etag;
  const ngx_table_elt_t* wanted = context.hidden.if_none_match();
  if (wanted != nullptr && (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0 &&
      matches_etag(view(wanted->value), etag_text)) {
    answer_not_modified(r, *context.response);
  }
  return true;
}

// The last look: the page is personalized, or left as it is for good.
void finish_headers(Context& context, ngx_http_request_t* r) noexcept {
  if (context.visitor.preview) announce_preview(context, r);
  const bool expected = context.hidden.phase() == HiddenHeaders::Phase::kPageExpected;
  if (!expected && !became_page(context, r)) {
    give_up(context, r);
    return;
  }
  const Stopwatch stopwatch(context);
  if (r->headers_out.status == NGX_HTTP_OK) context.listed = has_listed_type(r, *context.conf);
  Encoding encoding = Encoding::kIdentity;
  if (confirm(context, r, encoding) && personalize(context, r, encoding)) {
    // The validators stay withheld: subrequests inherit them, and slices would be cut by the client's Range.
    context.hidden.personalize(r);
  } else {
    give_up(context, r);
  }
}

// `abm off` answers, after an earlier location has decided something or before another one runs
// (post_action).
void leave_location_off(Context& context, ngx_http_request_t* r) noexcept {
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  const bool another_follows = core->post_action.data != nullptr && loc_conf(r)->data != nullptr &&
                               main_conf(r)->visit_variable != NGX_ERROR;
  if (context.conf != nullptr || another_follows) static_cast<void>(enter_location(r));
  context.enabled = false;
  if (another_follows) {  // the visit line is about this page
    decide(context);
    context.listed = has_listed_type(r, *context.conf);
    context.status = r->headers_out.status;
  }
  give_up(context, r);
}

// Whoever makes the content has failed before any of the page came: nginx's answer to that takes its place.
void give_way(Response& response) noexcept {
  response.headers_held = false;
  response.broken = true;
  response.rewriter.reset();
}

}  // namespace

ngx_int_t origin_header_filter(ngx_http_request_t* r) {
  if (r != r->main) return next_origin_header_filter(r);
  LocConf* conf = loc_conf(r);
  Context* context = find_context(r);
  if (!conf->enable) {
    if (context != nullptr) leave_location_off(*context, r);
    return next_origin_header_filter(r);
  }
  context = enter_location(r);
  if (context == nullptr) return next_origin_header_filter(r);
  context->enabled = true;
  context->listed = has_listed_type(r, *conf) || is_page_not_modified(r);
  bool page = context->listed && may_become_page(r, *context) && is_wanted(*context, r);
  if (page && forbids_transforming(r)) {
    context->plan.skip = Skip::kNoTransform;
    page = false;
  }
  if (page && encoding_of(r) == Encoding::kOther) {
    context->plan.skip = Skip::kEncoded;
    page = false;
  }
  if (page) {
    context->hidden.expect_page(r);
  } else {
    let_be(*context, r);
  }
  return next_origin_header_filter(r);
}

ngx_int_t page_header_filter(ngx_http_request_t* r) {
  if (r != r->main) return next_page_header_filter(r);
  auto* context = static_cast<Context*>(ngx_http_get_module_ctx(r, ngx_http_abm_module));
  const bool is_new = context == nullptr || context->response == nullptr;
  if (!is_new && context->response->headers_held) give_way(*context->response);
  if (loc_conf(r)->tells_visitor) return keep_out_of_caches(r) ? next_page_header_filter(r) : NGX_ERROR;
  if (context == nullptr) return next_page_header_filter(r);
  if (context->enabled && is_new) finish_headers(*context, r);
  seal_answer(*context, r);
  remember_visitor(*context, r);
  if (!context->enabled) return next_page_header_filter(r);
  Response* response = context->response;
  if (is_new && response != nullptr && may_hold_headers(r, *response)) {
    response->headers_held = true;
    context->status = r->headers_out.status;
    return NGX_OK;
  }
  return send_page_headers(*context, r);
}

}  // namespace abm::module
