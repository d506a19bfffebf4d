// A small world of accounts, reviewed.
#pragma once

#include <string>
#include <vector>

#include "measure/review/review.h"
#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure::testing {

/// The last day of what is reviewed, and the one before the first.
inline const Day kUntil = day("2026-11-29");
inline const Day kBefore = kUntil - 7;

inline const std::string kReviewed =
    "engagement: { visits: v, half_life: 14d, points: { page: 10 }, most_per_person_day: 1000 }\n";

inline ReviewSubject told(const std::string& id, const std::string& owner = "",
                          std::optional<int64_t> intent = {}, const std::string& name = "") {
  return {.id = id, .name = name.empty() ? id : name, .owner = owner, .intent = intent};
}

inline std::vector<Load> loads(const std::string& account, Day on, size_t count,
                               std::vector<std::string> signals = {}, const std::string& path = "/") {
  return std::vector<Load>(count, Load{.account = account, .day = on, .path = path, .signals = signals});
}

class ReviewWorld : public World {
 public:
  explicit ReviewWorld(const std::string& yaml = "") : World(kReviewed + yaml) {}

  [[nodiscard]] Review review(std::vector<ReviewSubject> list, const std::string& owner = "",
                              std::optional<uint64_t> capacity = {}, NextSteps next = {}) {
    return review_on(*review_days("", kUntil), std::move(list), owner, capacity, std::move(next));
  }
  [[nodiscard]] Review review_on(const ReviewDays& days, std::vector<ReviewSubject> list,
                                 const std::string& owner = "", std::optional<uint64_t> capacity = {},
                                 NextSteps next = {}) {
    const auto now = judge_for_review(days.until), before = judge_for_review(days.before);
    const auto facts = week_facts(store(), days, first_kept(*site().engagement, days.until));
    EXPECT_TRUE(facts.ok()) << facts.message();
    ReviewInputs inputs{.days = days,
                        .now = *now,
                        .before = *before,
                        .facts = *facts,
                        .list = list,
                        .next = next,
                        .moves = site().moves,
                        .owner = owner,
                        .capacity = capacity};
    return review_of(inputs);
  }

 private:
  std::shared_ptr<const Standings> judge_for_review(Day today) {
    JudgeInputs inputs{*site().engagement, site().moves, today};
    inputs.before_journal = true;
    const auto standings = judge_all(store(), inputs);
    EXPECT_TRUE(standings.ok()) << standings.message();
    return standings.ok() ? *standings : std::make_shared<const Standings>(std::vector<Standing>(), today);
  }
};

inline std::vector<std::string> ids(const std::vector<ReviewedAccount>& accounts) {
  std::vector<std::string> ids;
  for (const ReviewedAccount& account : accounts) ids.push_back(account.id);
  return ids;
}

}  // namespace abm::measure::testing
