// What is remembered about a feed, a mirror and the agent: for the next attempt, and for `abmctl status`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/content_hash.h"
#include "base/result.h"
#include "connect/sync/attempts.h"

namespace abm::connect {

/// The feed that was accepted last: the next one is checked against it.
struct AcceptedFeed {
  std::string tenant;
  uint64_t version = 0;
  uint64_t accounts = 0;
  int64_t generated_at = 0;
  std::optional<int64_t> expires_at;
  int64_t accepted_at = 0;
  Sha256 sha256;  ///< of its bytes; all zero in an older program's state: then it is fetched once more
  uint64_t size = 0;
  int64_t modified_ns = 0;  ///< of the local copy: another time or size means that it is another file
  std::string key_id;       ///< minisign key that verified it, "" when unsigned
};

struct FeedState {
  std::string from;  ///< address without password, or path
  std::string etag;  ///< of `accepted`, at `from`
  std::optional<AcceptedFeed> accepted;
  Attempts attempts;
};

struct MirrorState {
  std::string from;
  uint64_t generation = 0;  ///< the newest one ever adopted: no older one is, whatever is kept here
  Attempts attempts;
};

struct AgentState {
  int64_t started_at = 0;
  uint64_t generation = 0;  ///< the last one published, 0 for none
  int64_t published_at = 0;
  int64_t refused_at = 0;  ///< of the fault below
  uint64_t errors = 0;
  std::string fault;  ///< why the last publication was refused, "" if it was not
  /// Where rules are published on a signal or by a commit: the last commit whose rules were published, and
  /// why the rules that were to be published last were not, while feed and networks went on ("" if they
  /// were).
  std::string commit;
  std::string rules_fault;
  int64_t rules_refused_at = 0;
};

/// How visits were folded into accounts last.
struct VisitsState {
  uint64_t lines = 0;  ///< of visits, that were read so far
  std::string unread;  ///< why a log could not be read at the last success; "" if all could
  Attempts attempts;
};

/// How one of `accounts: sources:` was read last.
struct SourceState {
  std::string name;  ///< of its file or address, for people
  std::string kind;
  std::string live;  ///< of a live source: its name, "" else
  uint64_t rows = 0;
  uint64_t accounts = 0;
  Attempts attempts;  ///< succeeded_at: what is in use is of then
};

struct SourcesState {
  Sha256 body;         ///< of the merged feed without its first line
  uint64_t size = 0;   ///< of the whole
  std::string inputs;  ///< what it was made from: files and their times, hashed
  std::vector<SourceState> sources;
};

inline constexpr std::string_view kSourcesState = "sources.json";
inline constexpr std::string_view kFeedState = "feed.json";
inline constexpr std::string_view kMirrorState = "mirror.json";
inline constexpr std::string_view kAgentState = "agent.json";
inline constexpr std::string_view kVisitsState = "visits.json";

/// std::nullopt if there is none. An error says that the file exists and cannot be understood.
[[nodiscard]] Result<std::optional<FeedState>> read_feed_state(const std::string& data_dir);
[[nodiscard]] Result<std::optional<MirrorState>> read_mirror_state(const std::string& data_dir);
[[nodiscard]] Result<std::optional<AgentState>> read_agent_state(const std::string& data_dir);
[[nodiscard]] Result<std::optional<SourcesState>> read_sources_state(const std::string& data_dir);
[[nodiscard]] Result<std::optional<VisitsState>> read_visits_state(const std::string& data_dir);

/// After a publication from the site: faults of ways that it does not take do not stay for ever. Those of a
/// mirror go in any case, those of fetching if the feed is a file.
[[nodiscard]] Result<void> forget_other_ways(const std::string& data_dir, bool feed_is_file);
/// After a publication by hand: the agent's faults are gone, too, until it meets them again.
[[nodiscard]] Result<void> forget_agent_faults(const std::string& data_dir);

[[nodiscard]] Result<void> write_feed_state(const std::string& data_dir, const FeedState& state);
[[nodiscard]] Result<void> write_mirror_state(const std::string& data_dir, const MirrorState& state);
[[nodiscard]] Result<void> write_sources_state(const std::string& data_dir, const SourcesState& state);
[[nodiscard]] Result<void> write_visits_state(const std::string& data_dir, const VisitsState& state);
[[nodiscard]] Result<void> write_agent_state(const std::string& data_dir, const AgentState& state);

}  // namespace abm::connect
