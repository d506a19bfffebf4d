#include "connect/live/live_state.h"

#include <fmt/format.h>

#include "connect/sync/state_json.h"

namespace abm::connect {
namespace {

constexpr std::string_view kLiveFormat = "live-state/1";

std::string live_state_name(std::string_view name) {
  return fmt::format("live-{}.json", name);
}

}  // namespace

std::string live_table_name(std::string_view name) {
  return fmt::format("{}.csv", name);
}

std::string live_table_path(const std::string& data_dir, std::string_view name) {
  return fmt::format("{}/{}/{}", data_dir, kLiveFolder, live_table_name(name));
}

Result<std::optional<LiveState>> read_live_state(const std::string& data_dir, std::string_view name) {
  using namespace state_json;
  return read_json<LiveState>(data_dir, live_state_name(name), kLiveFormat, [](const Object& object) {
    LiveState state;
    state.from = text_of(object, "from");
    state.source = text_of(object, "source");
    state.asked = text_of(object, "asked");
    state.rows = number_of(object, "rows");
    state.size = number_of(object, "size");
    state.modified_ns = static_cast<int64_t>(number_of(object, "modified_ns"));
    state.changed_at = time_of(object, "changed_at");
    state.whole_at = time_of(object, "whole_at");
    state.since = time_of(object, "since");
    state.usage = {number_of(object, "requests_used"), number_of(object, "requests_allowed")};
    state.note = text_of(object, "note");
    state.attempts = attempts_of(object);
    return state;
  });
}

Result<void> write_live_state(const std::string& data_dir, std::string_view name, const LiveState& state) {
  using namespace state_json;
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string(kLiveFormat).key("from").string(state.from);
  json.key("source")
      .string(state.source)
      .key("asked")
      .string(state.asked)
      .key("rows")
      .number(state.rows)
      .key("size")
      .number(state.size);
  json.key("modified_ns").number(state.modified_ns);
  put_time(json, "changed_at", state.changed_at);
  put_time(json, "whole_at", state.whole_at);
  put_time(json, "since", state.since);
  json.key("requests_used").number(state.usage.used).key("requests_allowed").number(state.usage.total);
  json.key("note").string_or_null(state.note);
  put_attempts(json, state.attempts);
  json.end_object();
  return write_state(data_dir, live_state_name(name), text + "\n");
}

}  // namespace abm::connect
