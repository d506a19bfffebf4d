// Whether what was built may replace what serves: guards publish and sync against replayed, foreign and
// broken feeds, and publish against rules, fragments, tests and networks that vanished.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generation/manifest.h"

namespace abm::generation {

/// Ends the messages about what is missing.
inline constexpr std::string_view kAllowShrink = "; if this is intended, publish once with --allow-shrink";

struct ReplacementRules {
  bool allow_older = false;  ///< a feed version lower than the current one
  bool allow_other_tenant = false;
  bool allow_shrink = false;                   ///< whatever is missing
  std::optional<uint32_t> max_shrink_percent;  ///< of the number of accounts; none: no limit
  std::optional<uint32_t> max_loss_percent;    ///< of rules, fragments, tests, network files; none: no limit
};

/// What decides whether another feed may replace this one.
struct FeedFacts {
  std::string tenant;
  uint64_t version = 0;
  std::optional<uint64_t> accounts;  ///< std::nullopt: unknown, so no limit on shrinking
};
[[nodiscard]] FeedFacts feed_facts(const ManifestFacts& manifest);

/// Something that there was more of.
struct Loss {
  std::string source;  ///< the name of the network source that it is about; "": of the site
  std::string message;
};
/// What `next` lacks of `current` beyond the limit; no limit: nothing. Not the accounts, which have their
/// own.
[[nodiscard]] std::vector<Loss> find_losses(const ManifestFacts& current, const Manifest& next,
                                            std::optional<uint32_t> max_loss_percent);

/// `holder` is what has the feed `current`, as the message calls it: "generation 43".
[[nodiscard]] Result<void> check_replacement(const FeedFacts& current, const FeedFacts& next,
                                             const ReplacementRules& rules, std::string_view holder);
/// The feed, and then the losses; the first fault found.
[[nodiscard]] Result<void> check_replacement(const ManifestFacts& current, const Manifest& next,
                                             const ReplacementRules& rules);

}  // namespace abm::generation
