#include "measure/report/primary.h"

#include <gtest/gtest.h>

#include "measure/report/page_goals.h"
#include "measure/report/several.h"

namespace abm::measure {
namespace {

constexpr int64_t kFirstVisitAt = 1793491200;  // 2026-11-01
constexpr int64_t kSecondsOfDay = 86'400;

TEST(Primary, OnlyWhatChangedAfterVisitsBeganIsTold) {
  Primary primary{.goal = "/demo",
                  .outcome = {},
                  .since = kFirstVisitAt,
                  .published = kFirstVisitAt - kSecondsOfDay,
                  .generation = 3,
                  .changes = {}};
  primary.changes = {{.at = kFirstVisitAt - kSecondsOfDay, .before = "", .after = "goal /demo"}};
  EXPECT_TRUE(primary_remarks(primary, kFirstVisitAt * 1000).empty());
  primary.changes[0].at = kFirstVisitAt + 2 * kSecondsOfDay;
  const auto late = primary_remarks(primary, kFirstVisitAt * 1000);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(
      late[0].substr(0, late[0].find(':')),
      "The primary comparison (goal /demo) was declared on 2026-11-03, when visits had been coming since "
      "2026-11-01");
  primary.changes.push_back(
      {.at = kFirstVisitAt + 5 * kSecondsOfDay, .before = "goal /demo", .after = "outcome won"});
  primary.changes.push_back({.at = kFirstVisitAt + 6 * kSecondsOfDay, .before = "outcome won", .after = ""});
  const auto changed = primary_remarks(primary, kFirstVisitAt * 1000);
  ASSERT_EQ(changed.size(), 3u);
  EXPECT_NE(changed[1].find(
                "was changed on 2026-11-06, when visits had been coming since 2026-11-01: before, it was the "
                "goal /demo; since then, it is the outcome won."),
            std::string::npos)
      << changed[1];
  EXPECT_NE(changed[2].find("before, it was the outcome won; since then, none is declared."),
            std::string::npos);
}

Report report_with(Primary primary) {
  Report report;
  report.goals = {{.goal = "/pricing", .all = compare({500, 1000}, {39, 100}), .tiers = {}},
                  {.goal = "/demo", .all = compare({500, 1000}, {40, 100}), .tiers = {}}};
  report.primary = std::move(primary);
  adjust_for_several(report);
  return report;
}

TEST(Primary, TheDeclaredOneIsPrimaryWhateverTheOrder) {
  const Report report = report_with({.goal = "/demo",
                                     .outcome = {},
                                     .since = kFirstVisitAt,
                                     .published = kFirstVisitAt + kSecondsOfDay,
                                     .generation = 3,
                                     .changes = {}});
  EXPECT_FALSE(report.goals[0].is_primary);
  EXPECT_TRUE(report.goals[0].all.adjusted_p.has_value());
  EXPECT_TRUE(report.goals[1].is_primary);
  EXPECT_FALSE(report.goals[1].all.adjusted_p.has_value());
  EXPECT_NE(goals_section(report).find(
                "<code>/demo</code> is the primary goal, as <code>primary</code> of site.yaml "
                "declares since 2026-11-01 (generation 3, 2026-11-02)"),
            std::string::npos)
      << goals_section(report);
}

TEST(Primary, WhereAnOutcomeIsDeclaredAllGoalsAreAdjustedTogetherWithOthers) {
  Report report = report_with(
      {.goal = {}, .outcome = "amount", .since = 1, .published = 1, .generation = 3, .changes = {}});
  EXPECT_FALSE(report.goals[0].is_primary || report.goals[1].is_primary);
  EXPECT_EQ(adjusted_count(report), 2u);
  EXPECT_NE(goals_section(report).find("<code>amount</code> is the primary outcome"), std::string::npos);
  std::optional<double> of_outcome;
  adjust_for_several(report, {.p = {{1e-9, &of_outcome}}, .evidence = {}});
  EXPECT_NEAR(of_outcome.value_or(0), 3e-9, 1e-12);
  EXPECT_NEAR(*report.goals[0].all.adjusted_p, 1.5 * report.goals[0].all.difference->p, 1e-12);
}

DailyLook looked(double evidence_now) {
  DailyLook look;
  look.evidence = 900;
  look.evidence_now = evidence_now;
  return look;
}

TEST(Primary, EvidenceForDailyLooksIsAdjustedByItself) {
  Report report;
  for (const char* goal : {"/demo", "/pricing", "/contact"})
    report.goals.push_back({.goal = goal, .all = compare({500, 1000}, {40, 100}), .tiers = {}});
  // The largest that there ever was does not count: it is no e-value.
  report.goals[0].all.daily = looked(400);
  report.goals[1].all.daily = looked(50);
  report.goals[2].all.daily = looked(2);
  adjust_for_several(report);
  EXPECT_FALSE(report.goals[0].all.daily->adjusted_p.has_value());
  EXPECT_NEAR(*report.goals[1].all.daily->adjusted_p, 2 / 50.0, 1e-12);
  EXPECT_NEAR(*report.goals[2].all.daily->adjusted_p, 0.5, 1e-12);
  report.goals[1].all.daily->lacks = "no account has its first days behind it yet";
  report.goals[1].all.daily->adjusted_p.reset();
  adjust_for_several(report);
  EXPECT_FALSE(report.goals[1].all.daily->adjusted_p.has_value());
}

}  // namespace
}  // namespace abm::measure
