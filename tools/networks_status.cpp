#include "tools/networks_status.h"

#include <fmt/format.h>

#include "base/timestamp.h"
#include "connect/networks/fetch.h"
#include "tools/age.h"

namespace abm::tools {
namespace {

using connect::ListState;

std::string time_or_nothing(int64_t time) {
  return time == 0 ? std::string() : format_rfc3339(time);
}

std::string state_text(const ListState& state, int64_t now) {
  if (state.changed_at == 0) return "never fetched";
  std::string text = fmt::format("{} networks, {} old", state.networks, age(now - state.changed_at));
  if (!state.version.empty()) text += fmt::format(", version {}", state.version);
  if (state.attempts.succeeded_at != 0)
    text += fmt::format(", asked for {} ago", age(now - state.attempts.succeeded_at));
  return text;
}

}  // namespace

void write_list_states(Json& json, const std::string& data_dir) {
  json.key("lists").begin_array();
  if (const auto states = connect::read_list_states(data_dir); states) {
    for (const ListState& state : *states) {
      json.begin_object().key("name").string(state.name).key("from").string_or_null(state.from);
      json.key("version").string_or_null(state.version).key("networks").number(state.networks);
      json.key("changed_at").string_or_null(time_or_nothing(state.changed_at));
      json.key("tried_at").string_or_null(time_or_nothing(state.attempts.tried_at));
      json.key("succeeded_at").string_or_null(time_or_nothing(state.attempts.succeeded_at));
      json.key("failing_since").string_or_null(time_or_nothing(state.attempts.failing_since));
      json.key("failures").number(state.attempts.failures);
      json.key("fault").string_or_null(state.attempts.fault).end_object();
    }
  }
  json.end_array();
}

void tell_list_states(const Output& out, const std::string& data_dir, int64_t now) {
  const auto states = connect::read_list_states(data_dir);
  if (!states) return out.line(states.message());
  for (const ListState& state : *states) {
    out.line(fmt::format("list {}: {}", state.name, state_text(state, now)));
    if (state.attempts.failures == 0) continue;
    out.line(fmt::format("  {} attempt{} failed since {}: {}", state.attempts.failures,
                         state.attempts.failures == 1 ? "" : "s",
                         format_rfc3339(state.attempts.failing_since), state.attempts.fault));
  }
}

}  // namespace abm::tools
