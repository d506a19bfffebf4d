// Sources of opportunities → one set: each opportunity once, open, won or lost, in one currency, of a listed
// account or told by name as of none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connect/import/account_matcher.h"
#include "connect/import/opportunity.h"
#include "generation/account_sources.h"
#include "generation/site_outcomes.h"

namespace abm::connect {

struct OpportunityRequest {
  /// In order: of an opportunity that several have, the row that was modified last counts, or else the last
  /// source's. One that is there twice is read once.
  std::span<const generation::AccountSource> sources;
  const generation::OutcomesInput* settings = nullptr;  ///< null: none were declared
  const AccountMatcher* accounts = nullptr;             ///< not null
  int64_t now = 0;                                      ///< Unix seconds
  /// How messages call a source. Default: its path.
  std::function<std::string(const generation::AccountSource&)> name_of;
  /// Why its table cannot be read yet; "" if it can. Default: it can.
  std::function<std::string(const generation::AccountSource&)> why_missing;
  /// When a system was asked, Unix seconds. Default: not known.
  std::function<std::optional<int64_t>(const generation::AccountSource&)> asked_at;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

/// An error names file, line and column where it has one, and what to do.
[[nodiscard]] Result<OpportunitySet> read_opportunities(const OpportunityRequest& request);

}  // namespace abm::connect
