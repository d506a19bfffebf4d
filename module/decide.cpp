// Which edits win for this request, and their bytes.
#include "module/decide.h"

#include <cstring>

#include "module/page_request.h"
#include "module/script_delivery.h"

namespace abm::module {
namespace {

// After a redirect inside nginx: whether the final URI merely serves the one that was asked for. It does for
// index files ("/" → "/index.html"), for `try_files $uri.html` and for front controllers ("/index.php"):
// people who write rules know the first one. A redirect to another page (error_page, X-Accel-Redirect) counts
// as that page.
bool carries_out(ngx_http_request_t* r, std::string_view asked, std::string_view final) noexcept {
  if (r->error_page) return false;
  if (r->upstream != nullptr && r->upstream->headers_in.x_accel_redirect != nullptr) return false;
  if (final.starts_with(asked)) {
    std::string_view rest = final.substr(asked.size());
    while (rest.starts_with('/'))
      rest.remove_prefix(1);  // `try_files $uri/index.html` makes "//index.html" of "/"
    if (rest.find('/') == std::string_view::npos) return true;
  }
  const Extension extension = classify_extension(r);
  return extension == Extension::kUnknown || extension == Extension::kOther;
}

void choose_path(Context& context, ngx_http_request_t* r) noexcept {
  if (context.told_path.data() != nullptr) {
    context.path = context.told_path;
    context.query = {};
    return;
  }
  context.path = view(r->uri);
  context.query = view(r->args);
  const std::string_view asked = context.first_uri;
  if (asked.data() == nullptr || asked == context.path || !carries_out(r, asked, context.path)) return;
  context.path = asked;
  context.query = context.first_args;
}

Skip render(Context& context, const rules::Program& program, rewrite::Charset charset) noexcept {
  Plan& plan = context.plan;
  rules::RenderInput input;
  input.program = &program;
  input.account = context.visitor.account();
  input.path = context.path;
  input.charset = charset;
  input.winners = plan.winners;
  const rules::ScriptPage script = script_page(context);
  input.script = &script;
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

// Takes a decision's texts out of the program, into the request's pool.
class PlanKeeper {
 public:
  PlanKeeper(Plan& plan, const rules::Program& program, ngx_pool_t* pool) noexcept
      : plan_(plan), program_(program), pool_(pool) {}

  // False without memory.
  [[nodiscard]] bool keep(const rules::Decision& decision) noexcept {
    return keep_rules(decision) && keep_winners(decision) && keep_signals(decision) && !failed_;
  }

 private:
  std::string_view text(std::string_view text) noexcept {
    const std::string_view copy = pool_copy(pool_, text);
    failed_ = failed_ || copy.data() == nullptr;
    return copy;
  }

  bool keep_rules(const rules::Decision& decision) noexcept {
    auto* rules = pool_array<PlannedRule>(pool_, decision.rules.size());
    if (rules == nullptr) return false;
    for (size_t i = 0; i < decision.rules.size(); ++i) {
      const rules::MatchedRule& rule = decision.rules[i];
      rules[i].id = text(program_.rule(rule.rule).id);
      if (rule.variant < 0) continue;
      rules[i].variant = text(program_.variant_id(rule.rule, static_cast<uint32_t>(rule.variant)));
    }
    plan_.rules = {rules, decision.rules.size()};
    return true;
  }

  bool keep_winners(const rules::Decision& decision) noexcept {
    const size_t count = decision.winners.size();
    auto* winners = static_cast<rules::Winner*>(ngx_palloc(pool_, (count + 1) * sizeof(rules::Winner)));
    auto* slots = pool_array<PlannedSlot>(pool_, count);
    if (winners == nullptr || slots == nullptr) return false;
    std::memcpy(static_cast<void*>(winners), decision.winners.data(), decision.winners.size_bytes());
    size_t rule = 0;
    for (size_t i = 0; i < count; ++i) {
      // Rules come in the order of their first slot, so the next one or the same again is most often right.
      for (size_t n = 0; n < decision.rules.size() && decision.rules[rule].rule != winners[i].rule; ++n) {
        rule = (rule + 1) % decision.rules.size();
      }
      slots[i].name = text(program_.slot_name(winners[i].slot));
      slots[i].rule = static_cast<uint32_t>(rule);
      slots[i].held_out = winners[i].held_out;
    }
    plan_.winners = {winners, count};
    plan_.slots = {slots, count};
    return true;
  }

  bool keep_signals(const rules::Decision& decision) noexcept {
    auto* signals = pool_array<PlannedSignal>(pool_, decision.signals.size());
    if (signals == nullptr) return false;
    for (size_t i = 0; i < decision.signals.size(); ++i) {
      const rules::RuleInfo info = program_.rule(decision.signals[i]);
      signals[i] = {text(info.id), text(info.signal_name), text(info.signal_next)};
    }
    plan_.signals = {signals, decision.signals.size()};
    return true;
  }

  Plan& plan_;
  const rules::Program& program_;
  ngx_pool_t* pool_;
  bool failed_ = false;
};

// The copied account is matched: it came from `live` a moment ago.
Skip match(Context& context, const Live& live) noexcept {
  Plan& plan = context.plan;
  ngx_http_request_t* r = context.request;
  const Visitor& visitor = context.visitor;
  if (visitor.account()->excluded()) return Skip::kExcluded;
  if (visitor.expired) return Skip::kExpired;
  const rules::Decision decision = live.matcher->match(visit_to(context, context.path, context.query));
  plan.arm = decision.arm;
  plan.by_family = live.generation->rules().draws_by_family();
  if (!PlanKeeper(plan, live.generation->rules(), r->pool).keep(decision)) {
    const Plan::Stage stage = plan.stage;
    plan = Plan{};
    plan.stage = stage;
    return Skip::kMemory;
  }
  if (plan.winners.empty()) return Skip::kNoRule;
  if (plan.arm == rules::Arm::kControl) return Skip::kControl;
  if (plan.arm == rules::Arm::kHoldout) return Skip::kHoldout;
  return Skip::kNone;
}

// The generation that the plan is made from; nullptr: the visitor is not known.
const Live* start_plan(Context& context, const LocConf* conf, Plan::Stage stage, Asking when) noexcept {
  if (context.plan.stage != Plan::Stage::kNone) context.plan = Plan{};
  context.plan.stage = stage;
  choose_path(context, context.request);
  const Live* live = ask_visitor(context, conf, when);
  if (live == nullptr || context.visitor.account() == nullptr) return nullptr;
  context.plan.skip = match(context, *live);
  return live;
}

}  // namespace

rules::Visit visit_to(const Context& context, std::string_view path, std::string_view query) noexcept {
  const Visitor& visitor = context.visitor;
  rules::Visit visit;
  visit.account = visitor.account();
  visit.confidence = visitor.identity.confidence;
  visit.host = view(context.request->headers_in.server);
  visit.path = path;
  visit.query = query;
  visit.language = request_header(context.request, "accept-language");
  visit.now = visitor.now;
  return visit;
}

const Plan& decide(Context& context) noexcept {
  Plan& plan = context.plan;
  if (context.response != nullptr || plan.stage == Plan::Stage::kDecided) return context.page_plan();
  const Live* live = start_plan(context, loc_conf(context.request), Plan::Stage::kDecided, Asking::kForPage);
  if (live == nullptr || plan.skip != Skip::kNone) return plan;
  const rules::Program& program = live->generation->rules();
  plan.skip = render(context, program, loc_conf(context.request)->usual_charset);
  // The guess must keep nothing from being written that another charset has room for.
  if (plan.skip == Skip::kCharset) plan.skip = render(context, program, rewrite::Charset::kUtf8);
  if (plan.skip == Skip::kNone) {
    plan.program = live->generation->shared_rules();
    plan.selectors = live->selectors;
  }
  return plan;
}

const Plan& match_rules(Context& context, const LocConf* fallback, Asking when) noexcept {
  const Plan::Stage stage = context.plan.stage;
  if (context.response != nullptr || stage == Plan::Stage::kDecided || context.asking)
    return context.page_plan();
  if (stage == Plan::Stage::kMatched && when == Asking::kEarly) return context.plan;
  start_plan(context, location_with_data(context, fallback), Plan::Stage::kMatched, when);
  return context.plan;
}

bool confirm_charset(Context& context, rewrite::Charset charset) noexcept {
  Plan& plan = context.plan;
  if (plan.skip != Skip::kNone || plan.program == nullptr) return false;
  if (charset == rewrite::Charset::kUnsupported) {
    plan.skip = Skip::kCharset;
    return false;
  }
  context.conf->usual_charset = charset;
  if (charset != plan.charset) plan.skip = render(context, *plan.program, charset);
  return plan.skip == Skip::kNone;
}

}  // namespace abm::module
