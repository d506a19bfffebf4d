// Exposure: an edit counts once the next filter has used up its last byte. A response that went through a
// compressor and did not reach its end counts for nothing, since nobody knows how much of it left.
#include "module/exposure.h"

#include "module/content_type.h"
#include "module/decide.h"
#include "module/gzip/send_page.h"
#include "module/page_memory.h"
#include "module/proxy_address.h"
#include "module/response.h"
#include "module/take_secrets.h"
#include "rewrite/framework/fate.h"

namespace abm::module {
namespace {

bool is_complete(const ngx_http_request_t* r, const Response& response) noexcept {
  return response.last_seen && r->out == nullptr && !r->connection->buffered && !r->connection->error;
}

// Whether the first `offset` bytes of the rewritten page left.
bool has_left(const ngx_http_request_t* r, const Response& response, uint64_t offset) noexcept {
  if (is_complete(r, response)) return true;
  return !response.compressed && response.sink.bytes_left() >= offset;
}

SlotState skipped(Skip why) noexcept {
  return {SlotState::Kind::kSkipped, why};
}

/// Whether what was applied stands on the page only until its framework hydrates it.
bool is_edit_at_risk(const Response& response, uint32_t edit) noexcept {
  const rewrite::PageSigns& signs = response.rewriter->signs();
  // What abm.js makes of its data block, it makes once the framework is done.
  const uint32_t block = response.plan.rendered.block;
  if (signs.framework() == rewrite::Framework::kNone || edit == block) return false;
  const auto edits = response.plan.rendered.edits;
  const auto outcomes = response.rewriter->outcomes();
  const auto places = response.rewriter->places();
  const auto judge = [&](size_t i, auto judging) {
    return is_at_risk(judging(signs, places[i].place(), rewrite::shape_of(edits[i])).fate);
  };
  bool any = false;
  for (size_t i = 0; i < edits.size() && !any; ++i)
    any = i != block && outcomes[i].applied != 0 && judge(i, rewrite::judge);
  return any && judge(edit, rewrite::judge_beside_risk);
}

SlotState edit_state(const Context& context, const Response& response, uint32_t edit) noexcept {
  const auto offsets = response.sink.first_offsets();
  const auto outcomes = response.rewriter->outcomes();
  if (edit >= offsets.size() || edit >= outcomes.size()) return {SlotState::Kind::kMissing};
  const uint64_t first = offsets[edit];
  if (first != 0) {
    if (has_left(context.request, response, first - 1))
      return {SlotState::Kind::kApplied, Skip::kNone, is_edit_at_risk(response, edit)};
    return skipped(Skip::kAborted);
  }
  if (!response.last_seen) return skipped(Skip::kAborted);
  const rewrite::Outcome& outcome = outcomes[edit];
  if (outcome.missing() || outcome.reason == rewrite::Skip::kNone) return {SlotState::Kind::kMissing};
  return skipped(skip_of(outcome.reason));
}

/// Whether the page is such that an edit cannot be made, though its element may be there.
bool is_of_the_page(Skip skip) noexcept {
  return skip == Skip::kUnclosed || skip == Skip::kTagTooLong || skip == Skip::kDepth ||
         skip == Skip::kAmbiguous;
}

// Of a response without a body of ours.
Skip without_page(const Response& response) noexcept {
  return response.broken ? Skip::kError : Skip::kHead;
}

Skip settle_personalized(const Context& context, const Response& response) noexcept {
  if (response.not_modified) return Skip::kNone;
  if (response.rewriter == nullptr) return without_page(response);
  bool seen_all = response.last_seen;
  Skip of_the_page = Skip::kNone;
  bool others = false;  // failed for another reason
  for (size_t i = 0; i < context.page_plan().slots.size(); ++i) {
    const SlotState state = slot_state(context, i);
    if (state.kind == SlotState::Kind::kApplied) return Skip::kNone;
    if (state.kind == SlotState::Kind::kSkipped && state.why == Skip::kAborted) seen_all = false;
    if (state.kind == SlotState::Kind::kSkipped && is_of_the_page(state.why)) {
      if (of_the_page == Skip::kNone) of_the_page = state.why;
    } else if (context.page_plan().rendered.edit_of_winner.size() > i &&
               context.page_plan().rendered.edit_of_winner[i] != rules::kNoEdit) {
      others = true;
    }
  }
  // A write that fails because the client has gone breaks the response, too.
  if (response.broken && !context.request->connection->error) return Skip::kError;
  if (!seen_all) return Skip::kAborted;
  return of_the_page != Skip::kNone && !others ? of_the_page : Skip::kMissing;
}

void count_slots(const Context& context) noexcept {
  for (size_t i = 0; i < context.page_plan().slots.size(); ++i) {
    switch (slot_state(context, i).kind) {
      case SlotState::Kind::kApplied:
        add(counters().slots_applied);
        break;
      case SlotState::Kind::kMissing:
        add(counters().slots_missing);
        break;
      case SlotState::Kind::kSkipped:
        add(counters().slots_skipped);
        break;
    }
  }
}

void count_visit(const Context& context) noexcept {
  add(counters().identified);
  if (context.log_skip == Skip::kNone) {
    add(counters().personalized);
    if (context.response != nullptr && context.response->not_modified) add(counters().not_modified);
  } else {
    add(counters().original[static_cast<size_t>(context.log_skip)]);
  }
  count_slots(context);
}

void count_link(const Context& context) noexcept {
  const Visitor& visitor = context.visitor;
  if (context.link_token.empty() || !visitor.asked || visitor.opted_out || visitor.preview) return;
  add(visitor.has_link ? counters().links_valid : counters().links_refused);
}

// Whoever asked for the line earlier got nothing; what counts is the line of the whole request.
void renew_visit_variable(ngx_http_request_t* r) noexcept {
  const ngx_int_t index = main_conf(r)->visit_variable;
  if (index == NGX_ERROR) return;
  r->variables[index].valid = 0;
  r->variables[index].not_found = 0;
}

// No page was shown: nothing of the counters of pages changes. Refused also where nginx did it before us, or
// the body broke off.
void log_beacon(ngx_http_request_t* r, Context* context) noexcept {
  if (context != nullptr && context->beacon != nullptr) {
    context->logging = true;
    renew_visit_variable(r);
    add(counters().beacons_logged);
  } else {
    const bool answered = r->headers_out.status == NGX_HTTP_NO_CONTENT;
    add(answered ? counters().beacons_ignored : counters().beacons_refused);
  }
}

}  // namespace

SlotState slot_state(const Context& context, size_t i) noexcept {
  const Plan& plan = context.page_plan();
  if (plan.slots[i].held_out) return skipped(Skip::kHoldout);
  const Response* response = context.response;
  if (response == nullptr && context.log_skip != Skip::kNoEdit) return skipped(context.log_skip);
  if (i >= plan.rendered.skips.size() || i >= plan.rendered.edit_of_winner.size())
    return skipped(Skip::kNoValue);
  const Skip unrendered = skip_of(plan.rendered.skips[i]);
  if (unrendered != Skip::kNone) return skipped(unrendered);
  if (response == nullptr) return skipped(context.log_skip);
  if (response->not_modified) return skipped(Skip::kNotModified);
  if (response->rewriter == nullptr) return skipped(without_page(*response));
  const uint32_t edit = plan.rendered.edit_of_winner[i];
  return edit == rules::kNoEdit ? skipped(Skip::kNoValue) : edit_state(context, *response, edit);
}

std::string_view framework_text(const Context& context) noexcept {
  const Response* response = context.response;
  if (response == nullptr || response->rewriter == nullptr || !response->last_seen) return {};
  return to_string(response->rewriter->signs().framework());
}

std::string_view recall_text(const Context& context) noexcept {
  const Response* response = context.response;
  if (response == nullptr || response->rewriter == nullptr || !response->last_seen) return {};
  return to_string(response->rewriter->recall());
}

bool settle(Context& context, ngx_http_request_t* r) noexcept {
  // post_action leaves its own answer in headers_out.
  if (!r->post_action) context.status = r->headers_out.status;
  const ngx_uint_t status = context.status;
  if (!context.enabled && !r->post_action) {
    context.listed = has_listed_type(r, *context.conf);
  }
  if (!context.listed || (status != NGX_HTTP_OK && status != NGX_HTTP_NOT_MODIFIED)) return false;
  const Plan& plan = r->post_action ? context.page_plan() : decide(context);
  if (context.visitor.preview || context.visitor.account() == nullptr) return false;
  if (!context.enabled) {
    context.log_skip = Skip::kOff;
  } else if (context.response != nullptr) {
    context.log_skip = settle_personalized(context, *context.response);
  } else {
    context.log_skip = plan.skip == Skip::kNone ? Skip::kStatus : plan.skip;
  }
  return true;
}

ngx_int_t log_handler(ngx_http_request_t* r) {
  if (r != r->main) return NGX_OK;
  const MainConf* all = main_conf(r);
  Context* context = find_context(r);
  if (context == nullptr) drop_secrets(r);
  // After post_action the request is in its location; the visit was to the page.
  const bool is_page_known =
      context != nullptr && context->conf != nullptr && (context->response != nullptr || r->header_sent);
  const LocConf* conf = is_page_known ? context->conf : loc_conf(r);
  if (conf->takes_beacons) {
    log_beacon(r, context);
    return NGX_OK;
  }
  if (!conf->enable && (conf->data == nullptr || all->visit_variable == NGX_ERROR)) return NGX_OK;
  if (conf->enable) {
    add(counters().requests);
    if (is_from_unknown_proxy(r)) add(counters().proxy_addresses);
  }
  context = enter_location(r);
  if (context == nullptr) return NGX_OK;
  context->hidden.restore(r);
  context->logging = true;
  const bool visit = settle(*context, r);
  renew_visit_variable(r);
  if (context->response != nullptr) {
    count_gzip(*context->response);
    settle_page(*context, *context->response);
  }
  if (!context->enabled) return NGX_OK;
  if (context->visitor.opted_out) add(counters().opted_out);
  if (context->visitor.preview) add(counters().previews);
  if (visit) count_visit(*context);
  count_link(*context);
  if (context->listed) count_time(context->spent_ns / 1000);
  return NGX_OK;
}

}  // namespace abm::module
