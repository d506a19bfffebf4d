// What a review says: the accounts of each section, with what is told of them. review.h makes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "measure/engagement/activity.h"
#include "measure/engagement/moves.h"
#include "measure/review/days.h"

namespace abm::measure {

inline constexpr uint32_t kWarmerBy = 10;        ///< engagement rose by so many: told as warmer
inline constexpr Day kGoneQuietDays = 14;        ///< an account falls silent on the day that makes so many
inline constexpr int64_t kHighIntent = 70;       ///< and above: intent
inline constexpr uint32_t kHighEngagement = 40;  ///< and above: intent, too
inline constexpr int64_t kLowIntent = 40;        ///< below: no intent

struct ReviewedAccount {
  std::string id, name, owner, stage, play;
  accounts::Tier tier = accounts::Tier::kUntiered;
  accounts::Tier list_tier = accounts::Tier::kUntiered;  ///< what the list says, wherever it was moved
  Activity activity;                                     ///< as of the last day
  uint32_t engagement_before = 0;
  std::optional<int64_t> intent;
  std::vector<accounts::VisitedPage> pages;  ///< visited during the days; the latest first.
                                             ///< Without paths that look like somebody's address
};

struct CalledSignal {
  std::string name;
  std::vector<std::string> next;
  uint64_t views = 0, people = 0;
  Day last = 0;
};
/// Somebody to call.
struct ReviewCall {
  ReviewedAccount account;
  std::vector<CalledSignal> signals;  ///< the latest first
};

/// A stage, tier or play that is another one than before.
struct ReviewShift {
  enum class Way : uint8_t { kUp, kDown, kOther };
  ReviewedAccount account;
  Move::What what = Move::What::kStage;
  Way way = Way::kOther;  ///< kOther: plays, and stages that `stages:` does not rank
  std::string from, to;   ///< "": none
  std::string why;
  std::optional<Day> until;  ///< the last day on which it is held, if it was moved
};

/// The busiest accounts first, of silent ones those that were busiest before; moves by tier.
struct ReviewGroup {
  std::vector<ReviewCall> calls;
  std::vector<ReviewedAccount> arrived;  ///< first visit ever
  std::vector<ReviewedAccount> warmer, quiet;
  std::vector<ReviewShift> shifts;
};

struct ReviewCoverage {
  std::string name;  ///< a tier, "customers" or "all"
  uint64_t listed = 0, came = 0;
  uint64_t came_before = 0;  ///< during the seven days up to the one that is compared with
  uint64_t came_30d = 0, ever = 0;
};

struct OneToOneLoad {
  uint64_t accounts = 0;
  std::optional<uint64_t> capacity;
  std::vector<std::pair<std::string, uint64_t>> owners;  ///< the most first; "": nobody
  /// As many as are beyond the capacity, those with the least engagement and intent first.
  std::vector<ReviewedAccount> weakest;
  [[nodiscard]] bool oversized() const noexcept { return capacity.has_value() && accounts > *capacity; }
};

struct Review {
  ReviewDays days;
  std::string owner;
  std::vector<std::string> remarks;  ///< what the figures lack
  ReviewGroup prospects, customers;
  std::vector<ReviewCoverage> coverage;   ///< tiers, one-to-one first, customers, all; without empty ones
  std::vector<std::string> joined, left;  ///< ids: new on the list, and no longer on it
  OneToOneLoad one_to_one;
  /// The list has them one-to-one or one-to-few, with intent below kLowIntent or none, and nobody came in 30
  /// days.
  std::vector<ReviewedAccount> fit_without_intent;
  /// The list has them one-to-many or untiered, with intent of kHighIntent or engagement of kHighEngagement.
  std::vector<ReviewedAccount> intent_without_fit;
};

}  // namespace abm::measure
