#include "tools/sync_status.h"

#include <optional>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "connect/sync/state.h"
#include "tools/age.h"

namespace abm::tools {
namespace {

void put_time(Json& json, std::string_view key, int64_t time) {
  json.key(key).string_or_null(time == 0 ? "" : format_rfc3339(time));
}

void put_attempts(Json& json, const connect::Attempts& attempts) {
  put_time(json, "tried_at", attempts.tried_at);
  put_time(json, "succeeded_at", attempts.succeeded_at);
  put_time(json, "failing_since", attempts.failing_since);
  json.key("failures").number(attempts.failures);
  json.key("fault").string_or_null(attempts.fault);
}

void tell_attempts(const Output& out, const connect::Attempts& attempts, int64_t now) {
  if (attempts.failures == 0) return;
  out.line(fmt::format("  {} attempt{} failed since {}, the last one {} ago: {}", attempts.failures,
                       attempts.failures == 1 ? "" : "s", format_rfc3339(attempts.failing_since),
                       age(now - attempts.tried_at), attempts.fault));
}

std::string checked(const connect::Attempts& attempts, int64_t now) {
  return attempts.succeeded_at == 0 ? "never reached"
                                    : fmt::format("reached {} ago", age(now - attempts.succeeded_at));
}

/// A source's data are of the last time when it could be read.
void tell_sources(const Output& out, const std::string& data_dir, int64_t now) {
  const auto state = connect::read_sources_state(data_dir);
  if (!state) out.line(state.message());
  if (!state || !state->has_value() || (*state)->sources.empty()) return;
  out.line(fmt::format("accounts of {} source{}", (*state)->sources.size(),
                       (*state)->sources.size() == 1 ? "" : "s"));
  for (const connect::SourceState& source : (*state)->sources) {
    const connect::Attempts& attempts = source.attempts;
    if (!source.live.empty() && attempts.fault.empty()) {  // its own age is told below
      out.line(
          fmt::format("  {}: {} account{}", source.name, source.accounts, source.accounts == 1 ? "" : "s"));
      continue;
    }
    std::string line = fmt::format("  {} ({}): ", source.name, source.kind);
    line += attempts.succeeded_at == 0
                ? "never read"
                : fmt::format("{} account{}, read {} ago", source.accounts, source.accounts == 1 ? "" : "s",
                              age(now - attempts.succeeded_at));
    if (!attempts.fault.empty()) {
      line += fmt::format("; cannot be read since {}, what it said then stays: {}",
                          format_rfc3339(attempts.failing_since), attempts.fault);
    }
    out.line(line);
  }
}

void tell_visits(const Output& out, const std::string& data_dir, int64_t now) {
  const auto state = connect::read_visits_state(data_dir);
  if (!state) out.line(state.message());
  if (!state || !state->has_value()) return;
  const connect::VisitsState& visits = **state;
  out.line(fmt::format(
      "visits read {}, {} line{} so far",
      visits.attempts.succeeded_at == 0 ? "never" : age(now - visits.attempts.succeeded_at) + " ago",
      visits.lines, visits.lines == 1 ? "" : "s"));
  if (!visits.unread.empty()) out.line(fmt::format("  not read: {}", visits.unread));
  tell_attempts(out, visits.attempts, now);
}

void write_visits(Json& json, const std::string& data_dir) {
  json.key("visits");
  const auto state = connect::read_visits_state(data_dir);
  if (!state || !state->has_value()) {
    json.null();
    return;
  }
  json.begin_object().key("lines").number((*state)->lines);
  json.key("unread").string_or_null((*state)->unread);
  put_attempts(json, (*state)->attempts);
  json.end_object();
}

void write_sources(Json& json, const std::string& data_dir) {
  json.key("account_sources");
  const auto state = connect::read_sources_state(data_dir);
  if (!state || !state->has_value() || (*state)->sources.empty()) {
    json.null();
    return;
  }
  json.begin_array();
  for (const connect::SourceState& source : (*state)->sources) {
    json.begin_object().key("name").string(source.name).key("kind").string(source.kind);
    json.key("live").string_or_null(source.live);
    json.key("rows").number(source.rows).key("accounts").number(source.accounts);
    put_attempts(json, source.attempts);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_sync_state(Json& json, const std::string& data_dir) {
  write_sources(json, data_dir);
  write_visits(json, data_dir);
  json.key("sync");
  if (const auto state = connect::read_feed_state(data_dir); state && state->has_value()) {
    const connect::FeedState& feed = **state;
    json.begin_object().key("from").string(feed.from);
    if (feed.accepted.has_value()) {
      json.key("tenant").string(feed.accepted->tenant).key("version").number(feed.accepted->version);
      json.key("accounts").number(feed.accepted->accounts);
      put_time(json, "accepted_at", feed.accepted->accepted_at);
      put_time(json, "expires_at", feed.accepted->expires_at.value_or(0));
      json.key("key_id").string_or_null(feed.accepted->key_id);
    }
    put_attempts(json, feed.attempts);
    json.end_object();
  } else {
    json.null();
  }
  json.key("mirror");
  if (const auto state = connect::read_mirror_state(data_dir); state && state->has_value()) {
    json.begin_object().key("from").string((*state)->from).key("generation").number((*state)->generation);
    put_attempts(json, (*state)->attempts);
    json.end_object();
  } else {
    json.null();
  }
  json.key("agent");
  if (const auto state = connect::read_agent_state(data_dir); state && state->has_value()) {
    const connect::AgentState& agent = **state;
    json.begin_object();
    put_time(json, "started_at", agent.started_at);
    json.key("generation");
    agent.generation == 0 ? json.null() : json.number(agent.generation);
    put_time(json, "published_at", agent.published_at);
    put_time(json, "refused_at", agent.refused_at);
    json.key("errors").number(agent.errors);
    json.key("fault").string_or_null(agent.fault);
    json.key("commit").string_or_null(agent.commit);
    json.key("rules_fault").string_or_null(agent.rules_fault);
    put_time(json, "rules_refused_at", agent.rules_refused_at);
    json.end_object();
  } else {
    json.null();
  }
}

void tell_sync_state(const Output& out, const std::string& data_dir, int64_t now) {
  tell_sources(out, data_dir, now);
  tell_visits(out, data_dir, now);
  if (const auto state = connect::read_feed_state(data_dir); !state) {
    out.line(state.message());
  } else if (state->has_value()) {
    const connect::FeedState& feed = **state;
    out.line(fmt::format("sync from {}, {}", feed.from, checked(feed.attempts, now)));
    if (feed.accepted.has_value()) {
      out.line(fmt::format(
          "  accepted feed version {} {} ago: {} accounts{}", feed.accepted->version,
          age(now - feed.accepted->accepted_at), feed.accepted->accounts,
          feed.accepted->key_id.empty() ? "" : fmt::format(", signed by {}", feed.accepted->key_id)));
    }
    tell_attempts(out, feed.attempts, now);
  }
  if (const auto state = connect::read_mirror_state(data_dir); !state) {
    out.line(state.message());
  } else if (state->has_value()) {
    out.line(fmt::format("mirror of {}, {}", (*state)->from, checked((*state)->attempts, now)));
    tell_attempts(out, (*state)->attempts, now);
  }
  if (const auto state = connect::read_agent_state(data_dir); !state) {
    out.line(state.message());
  } else if (state->has_value()) {
    const connect::AgentState& agent = **state;
    if (!agent.fault.empty())
      out.line(
          fmt::format("agent: not published since {}: {}", format_rfc3339(agent.refused_at), agent.fault));
    if (!agent.rules_fault.empty()) {
      out.line(fmt::format("agent: rules not published since {}, those from before stay: {}",
                           format_rfc3339(agent.rules_refused_at), agent.rules_fault));
    }
    if (!agent.commit.empty()) out.line(fmt::format("agent: last took the rules of commit {}", agent.commit));
  }
}

}  // namespace abm::tools
