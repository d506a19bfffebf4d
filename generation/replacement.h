// Whether one feed may replace another: guards publish and sync against replayed, foreign and broken feeds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/manifest.h"

namespace abm::generation {

struct ReplacementRules {
  bool allow_older = false;  ///< a feed version lower than the current one
  bool allow_other_tenant = false;
  std::optional<uint32_t> max_shrink_percent;  ///< of the number of accounts; none: no limit
};

/// What decides whether another feed may replace this one.
struct FeedFacts {
  std::string tenant;
  uint64_t version = 0;
  std::optional<uint64_t> accounts;  ///< std::nullopt: unknown, so no limit on shrinking
};
[[nodiscard]] FeedFacts feed_facts(const ManifestFacts& manifest);

/// `holder` is what has the feed `current`, as the message calls it: "generation 43".
[[nodiscard]] Result<void> check_replacement(const FeedFacts& current, const FeedFacts& next,
                                             const ReplacementRules& rules, std::string_view holder);
[[nodiscard]] Result<void> check_replacement(const ManifestFacts& current, const Manifest& next,
                                             const ReplacementRules& rules);

}  // namespace abm::generation
