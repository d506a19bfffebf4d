// `outcomes:` and `primary:` of site.yaml: what counts as success, decided before anybody looks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "generation/sources_place.h"
#include "yaml/node.h"

namespace abm::generation {

/// What differences between accounts that were there before are taken out by (CUPED); only if declared.
enum class AdjustBy : uint8_t { kNothing, kPipelineBefore, kVisitsBefore };

inline constexpr uint32_t kMostWindowDays = 1095;

struct OutcomesInput {
  std::vector<AccountSource> sources;  ///< of opportunities; kinds csv, hubspot, salesforce, demandbase
  /// The CRM's stages → "open", "won", "lost", "ignore"; compare without case. A word that is not named is
  /// judged by what the CRM itself says (is closed, is won), then by what it says ("Closed Won").
  std::vector<std::pair<std::string, std::string>> stages;
  /// The CRM's types → "new", "expansion", "renewal", "ignore".
  std::vector<std::pair<std::string, std::string>> types;
  std::string currency;        ///< ISO 4217; "": what the exports state, which must be one
  uint32_t window_days = 180;  ///< from an account's start in which an opportunity counts; 1 to 1095
  bool window_declared = false;
  /// Since when listed accounts are compared, Unix seconds; none: since --from, else since that of
  /// `primary:`, else they are not.
  std::optional<int64_t> since;
  Position since_at;                ///< where `since:` stands
  std::optional<double> winsorise;  ///< amount of an account above which it counts as this much
  AdjustBy adjust = AdjustBy::kNothing;
};

/// The one comparison that was meant.
struct PrimaryGoal {
  std::string goal;     ///< a path glob, or "" if an outcome is meant
  std::string outcome;  ///< "opportunity", "amount", "won", "won_amount"; "" if a goal is meant
  int64_t since = 0;    ///< Unix seconds: when it was decided
  Position at;
};

/// Both report all errors; what is right is returned. `others`: sources of accounts, whose names are taken.
[[nodiscard]] OutcomesInput read_outcomes(const yaml::Node& node, const SourcesPlace& place,
                                          std::span<const AccountSource> others, Diagnostics& diagnostics);
[[nodiscard]] std::optional<PrimaryGoal> read_primary(const yaml::Node& node, const SourcesPlace& place,
                                                      Diagnostics& diagnostics);

}  // namespace abm::generation
