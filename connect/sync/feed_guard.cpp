#include "connect/sync/feed_guard.h"

#include <fmt/format.h>

#include "base/timestamp.h"

namespace abm::connect {

Result<void> FeedGuard::check(const generation::FeedFacts& facts) const {
  for (const Held& held : held_) {
    if (auto allowed = generation::check_replacement(held.facts, facts, rules_, held.holder); !allowed)
      return allowed;
  }
  return {};
}

Result<void> FeedGuard::admit(const accounts::FeedHeader& header) const {
  if (auto good = check({header.tenant, header.version, std::nullopt}); !good) return good;
  if (header.expires_at.has_value() && now_ >= *header.expires_at) {
    return Error{fmt::format("the feed expired at {}: its source must make a new one",
                             format_rfc3339(*header.expires_at))};
  }
  return {};
}

Result<void> FeedGuard::accept(const accounts::FeedSummary& summary) const {
  if (auto good = admit(summary.header); !good) return good;
  return check({summary.header.tenant, summary.header.version, summary.accounts});
}

}  // namespace abm::connect
