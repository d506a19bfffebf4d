#include "connect/sync/state.h"

#include <utility>

#include "connect/sync/state_json.h"

namespace abm::connect {
namespace {

using namespace state_json;

}  // namespace

Result<std::optional<FeedState>> read_feed_state(const std::string& data_dir) {
  return read_json<FeedState>(data_dir, kFeedState, "feed-state/1", [](const Object& object) {
    FeedState state;
    state.from = text_of(object, "from");
    state.etag = text_of(object, "etag");
    state.attempts = attempts_of(object);
    Object accepted;
    if (object["accepted"].get(accepted) != simdjson::SUCCESS) return state;
    AcceptedFeed feed;
    feed.tenant = text_of(accepted, "tenant");
    feed.version = number_of(accepted, "version");
    feed.accounts = number_of(accepted, "accounts");
    feed.generated_at = time_of(accepted, "generated_at");
    if (const int64_t expires = time_of(accepted, "expires_at"); expires != 0) feed.expires_at = expires;
    feed.accepted_at = time_of(accepted, "accepted_at");
    feed.sha256 = Sha256::from_hex(text_of(accepted, "sha256")).value_or(Sha256{});
    feed.size = number_of(accepted, "size");
    feed.modified_ns = static_cast<int64_t>(number_of(accepted, "modified_ns"));
    feed.key_id = text_of(accepted, "key_id");
    state.accepted = std::move(feed);
    return state;
  });
}

Result<void> write_feed_state(const std::string& data_dir, const FeedState& state) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string("feed-state/1").key("from").string(state.from);
  json.key("etag").string(state.etag).key("accepted");
  if (state.accepted.has_value()) {
    const AcceptedFeed& feed = *state.accepted;
    json.begin_object().key("tenant").string(feed.tenant).key("version").number(feed.version);
    json.key("accounts").number(feed.accounts);
    put_time(json, "generated_at", feed.generated_at);
    put_time(json, "expires_at", feed.expires_at.value_or(0));
    put_time(json, "accepted_at", feed.accepted_at);
    json.key("sha256").string(feed.sha256.hex()).key("size").number(feed.size);
    json.key("modified_ns").number(feed.modified_ns).key("key_id").string(feed.key_id).end_object();
  } else {
    json.null();
  }
  put_attempts(json, state.attempts);
  json.end_object();
  return write_state(data_dir, kFeedState, text + "\n");
}

Result<std::optional<MirrorState>> read_mirror_state(const std::string& data_dir) {
  return read_json<MirrorState>(data_dir, kMirrorState, "mirror-state/1", [](const Object& object) {
    return MirrorState{.from = text_of(object, "from"),
                       .generation = number_of(object, "generation"),
                       .attempts = attempts_of(object)};
  });
}

Result<void> write_mirror_state(const std::string& data_dir, const MirrorState& state) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string("mirror-state/1").key("from").string(state.from);
  json.key("generation").number(state.generation);
  put_attempts(json, state.attempts);
  json.end_object();
  return write_state(data_dir, kMirrorState, text + "\n");
}

Result<std::optional<AgentState>> read_agent_state(const std::string& data_dir) {
  return read_json<AgentState>(data_dir, kAgentState, "agent-state/1", [](const Object& object) {
    return AgentState{.started_at = time_of(object, "started_at"),
                      .generation = number_of(object, "generation"),
                      .published_at = time_of(object, "published_at"),
                      .refused_at = time_of(object, "refused_at"),
                      .errors = number_of(object, "errors"),
                      .fault = text_of(object, "fault"),
                      .commit = text_of(object, "commit"),
                      .rules_fault = text_of(object, "rules_fault"),
                      .rules_refused_at = time_of(object, "rules_refused_at")};
  });
}

Result<std::optional<VisitsState>> read_visits_state(const std::string& data_dir) {
  return read_json<VisitsState>(data_dir, kVisitsState, "visits-state/1", [](const Object& object) {
    return VisitsState{.lines = number_of(object, "lines"),
                       .unread = text_of(object, "unread"),
                       .attempts = attempts_of(object)};
  });
}

Result<void> write_visits_state(const std::string& data_dir, const VisitsState& state) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string("visits-state/1").key("lines").number(state.lines);
  json.key("unread").string(state.unread);
  put_attempts(json, state.attempts);
  json.end_object();
  return write_state(data_dir, kVisitsState, text + "\n");
}

Result<std::optional<SourcesState>> read_sources_state(const std::string& data_dir) {
  return read_json<SourcesState>(data_dir, kSourcesState, "sources-state/1", [](const Object& object) {
    SourcesState state;
    state.body = Sha256::from_hex(text_of(object, "body")).value_or(Sha256{});
    state.size = number_of(object, "size");
    state.inputs = text_of(object, "inputs");
    simdjson::dom::array sources;
    if (object["sources"].get(sources) != simdjson::SUCCESS) return state;
    for (const simdjson::dom::element element : sources) {
      Object source;
      if (element.get(source) != simdjson::SUCCESS) continue;
      state.sources.push_back({.name = text_of(source, "name"),
                               .kind = text_of(source, "kind"),
                               .live = text_of(source, "live"),
                               .rows = number_of(source, "rows"),
                               .accounts = number_of(source, "accounts"),
                               .attempts = attempts_of(source)});
    }
    return state;
  });
}

Result<void> write_sources_state(const std::string& data_dir, const SourcesState& state) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string("sources-state/1").key("body").string(state.body.hex());
  json.key("size").number(state.size).key("inputs").string(state.inputs).key("sources").begin_array();
  for (const SourceState& source : state.sources) {
    json.begin_object().key("name").string(source.name).key("kind").string(source.kind);
    json.key("live")
        .string_or_null(source.live)
        .key("rows")
        .number(source.rows)
        .key("accounts")
        .number(source.accounts);
    put_attempts(json, source.attempts);
    json.end_object();
  }
  json.end_array().end_object();
  return write_state(data_dir, kSourcesState, text + "\n");
}

Result<void> forget_other_ways(const std::string& data_dir, bool feed_is_file) {
  if (auto mirror = read_mirror_state(data_dir);
      mirror && mirror->has_value() && (*mirror)->attempts.failures != 0) {
    (*mirror)->attempts = {};
    if (auto written = write_mirror_state(data_dir, **mirror); !written) return written;
  }
  if (auto feed = read_feed_state(data_dir);
      feed_is_file && feed && feed->has_value() && (*feed)->attempts.failures != 0) {
    (*feed)->attempts = {};
    return write_feed_state(data_dir, **feed);
  }
  return {};
}

Result<void> forget_agent_faults(const std::string& data_dir) {
  auto state = read_agent_state(data_dir);
  if (!state || !state->has_value() || ((*state)->fault.empty() && (*state)->rules_fault.empty())) return {};
  (*state)->fault.clear();
  (*state)->rules_fault.clear();
  (*state)->errors = 0;
  (*state)->refused_at = (*state)->rules_refused_at = 0;
  return write_agent_state(data_dir, **state);
}

Result<void> write_agent_state(const std::string& data_dir, const AgentState& state) {
  std::string text;
  Json json(text);
  json.begin_object().key("abm").string("agent-state/1");
  put_time(json, "started_at", state.started_at);
  json.key("generation").number(state.generation);
  put_time(json, "published_at", state.published_at);
  put_time(json, "refused_at", state.refused_at);
  json.key("errors").number(state.errors).key("fault");
  json.string_or_null(state.fault);
  json.key("commit").string_or_null(state.commit);
  json.key("rules_fault").string_or_null(state.rules_fault);
  put_time(json, "rules_refused_at", state.rules_refused_at);
  json.end_object();
  return write_state(data_dir, kAgentState, text + "\n");
}

}  // namespace abm::connect
