#include "tools/live_status.h"

#include <fmt/format.h>

#include "base/timestamp.h"
#include "connect/sources/live_sources.h"
#include "tools/age.h"

namespace abm::tools {
namespace {

std::string when(int64_t time) {
  return time == 0 ? std::string() : format_rfc3339(time);
}

}  // namespace

std::string live_text(const connect::LiveState& state, int64_t now) {
  if (state.attempts.succeeded_at == 0) return "never read";
  std::string text = fmt::format("{} row{}, read {} ago", state.rows, state.rows == 1 ? "" : "s",
                                 age(now - state.attempts.succeeded_at));
  if (state.changed_at != 0) text += fmt::format(", changed {} ago", age(now - state.changed_at));
  if (state.usage.total != 0)
    text += fmt::format(", {} of {} requests used", state.usage.used, state.usage.total);
  return text;
}

void write_live_states(Json& json, const std::string& data_dir) {
  json.key("live_sources").begin_array();
  for (const std::string& name : connect::kept_live_sources(data_dir)) {
    const auto read = connect::read_live_state(data_dir, name);
    if (!read || !read->has_value()) continue;
    const connect::LiveState& state = **read;
    json.begin_object().key("name").string(name).key("from").string(state.from);
    json.key("rows").number(state.rows).key("changed_at").string_or_null(when(state.changed_at));
    json.key("whole_at").string_or_null(when(state.whole_at));
    json.key("requests_used").number(state.usage.used);
    json.key("requests_allowed").number(state.usage.total);
    json.key("note").string_or_null(state.note);
    json.key("tried_at").string_or_null(when(state.attempts.tried_at));
    json.key("succeeded_at").string_or_null(when(state.attempts.succeeded_at));
    json.key("failing_since").string_or_null(when(state.attempts.failing_since));
    json.key("failures").number(state.attempts.failures);
    json.key("fault").string_or_null(state.attempts.fault).end_object();
  }
  json.end_array();
}

void tell_live_states(const Output& out, const std::string& data_dir, int64_t now) {
  for (const std::string& name : connect::kept_live_sources(data_dir)) {
    const auto read = connect::read_live_state(data_dir, name);
    if (!read) out.line(read.message());
    if (!read || !read->has_value()) continue;
    const connect::LiveState& state = **read;
    out.line(fmt::format("live source {} ({}): {}", name, state.from, live_text(state, now)));
    if (!state.note.empty()) out.line(fmt::format("  {}", state.note));
    const connect::Attempts& attempts = state.attempts;
    if (attempts.failures == 0) continue;
    out.line(fmt::format("  {} attempt{} failed since {}, the last one {} ago: {}{}", attempts.failures,
                         attempts.failures == 1 ? "" : "s", format_rfc3339(attempts.failing_since),
                         age(now - attempts.tried_at), attempts.fault,
                         attempts.succeeded_at == 0 ? "" : " (what was read before stays in use)"));
  }
}

}  // namespace abm::tools
