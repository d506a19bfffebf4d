// The visit line, member by member in the order of the schema.
#include "module/visit_line.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/embedded_ipv4.h"
#include "base/text.h"
#include "module/exposure.h"
#include "module/page_request.h"
#include "module/request_id.h"
#include "module/seen_line.h"
#include "module/user_agent.h"
#include "module/visitor_key.h"

namespace abm::module {
namespace {

using Line = LogLine;
using LineJson = JsonWriter<FixedBuffer>;
using accounts::TextField;

// Escaped bytes that members may take. All fixed members together leave room for the lists, so that only
// those are ever cut.
constexpr size_t kMaxHost = kMaxLogHost, kMaxPath = kMaxLogPath, kMaxText = kMaxLogText, kMaxMethod = 32;
constexpr size_t kTail = 640;  // what stands after the lists, at most
constexpr size_t kMaxSegmentsEnd = 4608;
constexpr size_t kMaxSignalsEnd = kMaxLogLine - kTail;
constexpr size_t kMaxRulesEnd = kMaxSignalsEnd - kMaxText;  // room for a signal
constexpr size_t kMaxSlotsEnd = kMaxRulesEnd - 8;           // and for what closes a rule

std::string_view timestamp(std::span<char, 24> out) noexcept {
  const ngx_time_t* now = ngx_timeofday();
  ngx_tm_t tm;
  ngx_gmtime(now->sec, &tm);
  ngx_snprintf(reinterpret_cast<u_char*>(out.data()), out.size(), "%4d-%02d-%02dT%02d:%02d:%02d.%03MZ",
               tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday, tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
               now->msec);
  return {out.data(), out.size()};
}

// The host of an absolute http(s) URL; no user, port, path or query of a referrer is kept.
std::string_view referrer_host(const ngx_http_request_t* r) noexcept {
  if (r->headers_in.referer == nullptr) return {};
  std::string_view url = view(r->headers_in.referer->value);
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme > 5) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (const size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

void write_address(Line& line, const Context& context) {
  const Visitor& visitor = context.visitor;
  const auto mode = static_cast<LogIp>(context.conf->log_ip);
  if (visitor.identity.network) {
    IpPrefix network = *visitor.identity.network;
    const uint8_t limit = shown_bits(network.address);
    if (mode != LogIp::kFull && network.length > limit) network = {network.address.truncated(limit), limit};
    line.json.key("network").string(network.to_string());
  } else {
    line.json.key("network").null();
  }
  line.json.key("ip");
  if (mode == LogIp::kOff || !visitor.has_address) {
    line.json.null();
  } else {
    const IpAddress& address = visitor.address;
    line.json.string((mode == LogIp::kFull ? address : address.truncated(shown_bits(address))).to_string());
  }
}

std::string_view user_agent_of(const ngx_http_request_t* r) noexcept {
  return r->headers_in.user_agent != nullptr ? view(r->headers_in.user_agent->value) : std::string_view();
}

// "" where there is none.
std::string_view visitor_of(const Context& context, std::string_view user_agent,
                            std::span<char, 32> out) noexcept {
  if (!context.visitor.has_address) return {};
  const std::string_view address(reinterpret_cast<const char*>(context.visitor.address.bytes.data()), 16);
  return visitor_hash(address, user_agent, out);
}

void write_slot_state(Line& line, const SlotState& state) {
  if (state.kind == SlotState::Kind::kSkipped) {
    char text[64] = "skipped:";
    constexpr size_t kPrefix = sizeof "skipped:" - 1;
    const size_t size = to_string(state.why).copy(text + kPrefix, sizeof text - kPrefix);
    line.json.string({text, kPrefix + size});
  } else {
    const std::string_view applied = state.at_risk ? "applied:at-risk" : "applied";
    line.json.string(state.kind == SlotState::Kind::kApplied ? applied : "missing");
  }
}

// Slots that do not fit are left out one by one: what the line says is true, and what it lacks is counted.
void write_slots(Line& line, const Context& context, size_t rule) {
  const std::span<const PlannedSlot> slots = context.page_plan().slots;
  line.json.key("slots").begin_object();
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].rule != rule) continue;
    const bool stayed = line.try_within(kMaxSlotsEnd, [&] {
      line.json.key(slots[i].name);
      write_slot_state(line, slot_state(context, i));
    });
    if (!stayed) break;
  }
  line.json.end_object();
}

void write_rule(Line& line, const Context& context, size_t i) {
  const PlannedRule& rule = context.page_plan().rules[i];
  line.json.begin_object().key("id").string(rule.id).key("variant");
  if (rule.variant.data() == nullptr) {
    line.json.null();
  } else {
    line.json.string(rule.variant);
  }
  write_slots(line, context, i);
  line.json.end_object();
}

void write_rules(Line& line, const Context& context) {
  line.json.key("rules").begin_array();
  const Plan& plan = context.page_plan();
  for (size_t i = 0; i < plan.rules.size(); ++i) {
    if (!line.try_within(kMaxRulesEnd, [&] { write_rule(line, context, i); })) break;
  }
  line.json.end_array();
}

// Nobody acts on a page that nobody has seen.
void write_signals(Line& line, const Context& context, PageLoad load) {
  line.json.key("signals").begin_array();
  for (const PlannedSignal& signal : context.page_plan().signals) {
    if (load != PageLoad::kPage) break;
    const bool stayed = line.try_within(kMaxSignalsEnd, [&] {
      line.json.begin_object().key("rule").string(signal.rule).key("name").string(signal.name);
      line.json.key("next").string(signal.next).end_object();
    });
    if (!stayed) break;
  }
  line.json.end_array();
}

/// What visits made of the account; null if they have said nothing.
void write_activity(Line& line, const accounts::AccountView& account) {
  using accounts::NumberField;
  constexpr NumberField kNumbers[] = {NumberField::kEngagement, NumberField::kVisits30d,
                                      NumberField::kPeople30d, NumberField::kQuietDays,
                                      NumberField::kFirstSeenDays};
  const std::string_view moved = account.text(TextField::kMoved);
  const bool known =
      !moved.empty() || std::any_of(std::begin(kNumbers), std::end(kNumbers),
                                    [&](NumberField of) { return account.number(of).has_value(); });
  line.json.key("activity");
  if (!known) {
    line.json.null();
    return;
  }
  line.json.begin_object();
  for (const NumberField field : kNumbers) {
    line.json.key(accounts::kNumberFieldNames[static_cast<size_t>(field)]);
    if (const auto number = account.number(field)) {
      line.json.number(*number);
    } else {
      line.json.null();
    }
  }
  line.text_or_null("moved", moved, kMaxText);
  line.json.end_object();
}

/// Whose lot decided the arm, where that is not the account's own; else "".
std::string_view family_of(Context& context) {
  if (!context.page_plan().by_family) return {};
  const accounts::AccountView& account = *context.visitor.account();
  const std::string_view family = account.family();
  return family == account.id() ? std::string_view() : family;
}

void write_account(Line& line, const Context& context) {
  const accounts::AccountView& account = *context.visitor.account();
  line.text("account", account.id(), kMaxText);
  line.json.key("tier").string(accounts::to_string(account.tier()));
  line.json.key("segments").begin_array();
  for (uint32_t i = 0; i < account.segment_count(); ++i) {
    if (!line.try_within(kMaxSegmentsEnd, [&] { line.json.string(account.segment(i)); })) break;
  }
  line.json.end_array();
  line.text_or_null("stage", account.text(TextField::kStage), kMaxText);
  line.text_or_null("owner", account.text(TextField::kOwner), kMaxText);
  line.text("source", context.visitor.identity.source, kMaxText);
  line.json.key("confidence").string(to_string(context.visitor.identity.confidence));
  line.text_or_null("role", context.visitor.role, kMaxText);
  line.text_or_null("campaign", context.visitor.campaign, kMaxText);
  write_activity(line, account);
}

}  // namespace

std::string_view build_visit_line(Context& context, ngx_http_request_t* r) {
  // Without an id, readers could not tell a line from a copy of it: better none.
  const std::string_view id = request_id(r);
  auto* memory = id.empty() ? nullptr : static_cast<char*>(ngx_pnalloc(r->pool, kMaxLogLine));
  if (memory == nullptr) {
    add(counters().out_of_memory);
    return {};
  }
  FixedBuffer buffer({memory, kMaxLogLine});
  Line line{buffer, LineJson(buffer)};
  LineJson& json = line.json;
  char time[24];
  const std::string_view user_agent = user_agent_of(r);
  const bool personalized = context.log_skip == Skip::kNone;
  json.begin_object().key("v").number(2).key("ts").string(timestamp(time));
  line.text("request_id", id, kMaxText);
  line.text("host", view(r->headers_in.server), kMaxHost);
  line.text("method", view(r->method_name), kMaxMethod);
  line.text("path", context.path, kMaxPath);
  json.key("status").number(static_cast<uint64_t>(context.status));
  line.text_or_null("referrer_host", referrer_host(r), kMaxHost);
  write_account(line, context);
  write_address(line, context);
  char hash[32];
  line.text_or_null("visitor", visitor_of(context, user_agent, hash), sizeof hash);
  line.text_or_null("arm", context.page_plan().arm_text(), kMaxText);
  line.text_or_null("family", family_of(context), kMaxText);
  json.key("generation").number(context.visitor.generation);
  json.key("feed_version").number(context.visitor.feed_version);
  json.key("page").string(personalized ? "personalized" : "original");
  write_rules(line, context);
  const PageLoad load = page_load(r);
  write_signals(line, context, load);
  json.key("skip");
  if (personalized) {
    json.null();
  } else {
    json.string(to_string(context.log_skip));
  }
  const auto robot = robot_sign(user_agent, main_conf(r)->bots);
  json.key("bot").boolean(robot.has_value());
  if (robot.has_value()) line.text_or_null("bot_by", *robot, kMaxText);
  json.key("load").string(to_string(load));
  const off_t sent = r->connection->sent - static_cast<off_t>(r->header_size);
  json.key("bytes").number(static_cast<int64_t>(sent > 0 ? sent : 0));
  json.key("rewrite_us").number(context.spent_ns / 1000);
  const std::string_view recall = recall_text(context);
  if (!recall.empty()) json.key("recall").string(recall);
  const std::string_view framework = framework_text(context);
  if (!framework.empty()) json.key("framework").string(framework);
  json.end_object();
  if (buffer.overflowed()) return {};
  add(counters().visits_built);
  if (line.cut) add(counters().visits_cut);
  return buffer.text();
}

std::string_view build_seen_line(const Context& context, ngx_http_request_t* r) noexcept {
  auto* memory = static_cast<char*>(ngx_pnalloc(r->pool, kMaxLogLine));
  if (memory == nullptr) {
    add(counters().out_of_memory);
    return {};
  }
  const accounts::AccountView& account = *context.visitor.account();
  const std::string_view user_agent = user_agent_of(r);
  char time[24];
  char hash[32];
  SeenFacts facts;
  facts.ts = timestamp(time);
  facts.host = view(r->headers_in.server);
  facts.account = account.id();
  facts.tier = accounts::to_string(account.tier());
  facts.visitor = visitor_of(context, user_agent, hash);
  facts.arm = context.page_plan().arm_text();
  facts.generation = context.visitor.generation;
  facts.robot = robot_sign(user_agent, main_conf(r)->bots);
  FixedBuffer buffer({memory, kMaxLogLine});
  LogLine line{buffer, LineJson(buffer)};
  return write_seen_line(line, *context.beacon, facts) ? buffer.text() : std::string_view();
}

}  // namespace abm::module
