// `engagement:`, `stages:`, `tiers:` and `plays:` of site.yaml: what visits earn an account, and what moves
// it. measure/engagement/README.md says what they mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "base/diagnostic.h"
#include "rules/ast.h"
#include "yaml/node.h"
#include "yaml/source_text.h"

namespace abm::generation {

inline constexpr uint32_t kMostPoints = 1000;
inline constexpr uint32_t kMostHalfLifeDays = 365;
inline constexpr uint32_t kMostHoldDays = 365;
inline constexpr uint32_t kHalfLivesThatCount = 10;  ///< older points are worth nothing
inline constexpr uint32_t kLeastKeepDays = 60, kUsualKeepDays = 400, kMostKeepDays = 5000;

/// The JetStream stream that `abmctl ship` fills, as its options are called.
struct VisitStreamInput {
  std::vector<std::string> servers;  ///< nats:// or tls:// URLs
  std::string stream;
  std::string user, password_file, token_file, creds;  ///< files: absolute paths; "": none
  std::string tls_ca, tls_cert, tls_key;
};

/// What a page view is worth.
struct PointsInput {
  struct Named {
    std::string name;  ///< a path's glob, or a signal
    uint32_t points = 0;
    Position at = {};
  };
  uint32_t page = 1;    ///< where no path matches
  uint32_t person = 0;  ///< once a person and day
  std::vector<Named> paths;
  std::vector<Named> signals;
};

struct EngagementInput {
  std::vector<std::string> visits;         ///< patterns of visit logs, as written
  std::optional<VisitStreamInput> stream;  ///< in place of logs
  uint32_t half_life_days = 14;
  PointsInput points;
  uint32_t most_per_person_day = 20;
  int64_t every_seconds = 60;  ///< publications for its sake are at least this far apart
  bool roll_up = false;
  /// How many days of visits are kept and count, today and those before it. By default kUsualKeepDays, or
  /// more if half-lives and holds reach further back.
  uint32_t keep_days = kUsualKeepDays;
  /// Numbers whose every new value is published, for nginx's variables and the visit log.
  std::vector<accounts::NumberField> fresh;
  Position at;
};

/// One entry of `stages:` or `plays:`.
struct NamedMove {
  std::string name;
  rules::Condition when;
  uint32_t hold_days = 0;      ///< it stays for so many days after the last one on which `when` held
  bool override_feed = false;  ///< goes before what the list says
  Position at;
};

/// One entry of `tiers:` at the top of site.yaml.
struct TierMove {
  bool promote = false;  ///< else it demotes
  accounts::Tier tier = accounts::Tier::kUntiered;
  rules::Condition when;
  uint32_t hold_days = 0;
  std::optional<uint32_t> at_most;   ///< accounts, of a promotion
  std::vector<accounts::Tier> keep;  ///< of a demotion: tiers that stay
  Position at;
};

struct MovesInput {
  std::vector<NamedMove> stages;  ///< the first that is held counts
  std::vector<TierMove> tiers;
  std::vector<NamedMove> plays;  ///< the first that is held counts
  [[nodiscard]] bool empty() const noexcept { return stages.empty() && tiers.empty() && plays.empty(); }
};

struct SiteEngagement {
  std::optional<EngagementInput> engagement;
  MovesInput moves;
};

struct EngagementPlace {
  const std::string& file;    ///< site.yaml as named
  const std::string& folder;  ///< absolute
  const yaml::SourceText& text;
};

/// Of the whole of site.yaml. All errors are reported; what is right is returned.
[[nodiscard]] SiteEngagement read_engagement(const yaml::Node& root, const EngagementPlace& place,
                                             Diagnostics& diagnostics);

}  // namespace abm::generation
