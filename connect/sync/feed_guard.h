// Whether a feed may replace the present ones: the last one accepted, and the one that serves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "accounts/feed.h"
#include "base/result.h"
#include "generation/replacement.h"

namespace abm::connect {

class FeedGuard {
 public:
  FeedGuard(generation::ReplacementRules rules, int64_t now) : rules_(rules), now_(now) {}

  /// `holder` is its name in messages: "generation 43".
  void hold_against(generation::FeedFacts facts, std::string holder) {
    held_.push_back({std::move(facts), std::move(holder)});
  }

  /// Judges by the header alone: tenant, version, expiry.
  [[nodiscard]] Result<void> admit(const accounts::FeedHeader& header) const;
  /// Judges by all that is known once it has been read: also the number of accounts.
  [[nodiscard]] Result<void> accept(const accounts::FeedSummary& summary) const;

 private:
  struct Held {
    generation::FeedFacts facts;
    std::string holder;
  };
  [[nodiscard]] Result<void> check(const generation::FeedFacts& facts) const;

  generation::ReplacementRules rules_;
  int64_t now_;
  std::vector<Held> held_;
};

}  // namespace abm::connect
