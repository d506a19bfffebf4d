#include "measure/report/several.h"

#include <gtest/gtest.h>

#include "measure/report/page_goals.h"

namespace abm::measure {
namespace {

/// Three goals and a rule with a holdout; goals from the strongest to the weakest difference.
Report report_of_several() {
  Report report;
  report.goals = {{.goal = "/demo", .all = compare({500, 1000}, {40, 100}), .tiers = {}},
                  {.goal = "/pricing", .all = compare({500, 1000}, {39, 100}), .tiers = {}},
                  {.goal = "/contact", .all = compare({500, 1000}, {50, 100}), .tiers = {}},
                  {.goal = "/rare", .all = compare({1, 1000}, {0, 100}), .tiers = {}}};
  report.rules = {{.goal = "/demo",
                   .rule = "home",
                   .all = compare({480, 1000}, {45, 100}),
                   .has_holdout = true,
                   .variants = {}},
                  {.goal = "/demo",
                   .rule = "nav",
                   .all = compare({480, 1000}, {10, 100}),
                   .has_holdout = false,
                   .variants = {}}};
  adjust_for_several(report);
  return report;
}

TEST(Several, AdjustsAllButThePrimaryGoal) {
  const Report report = report_of_several();
  EXPECT_TRUE(report.goals[0].is_primary);
  EXPECT_FALSE(report.goals[0].all.adjusted_p.has_value());
  EXPECT_FALSE(report.goals[1].is_primary);
  // Of three: the smallest p three times, the next one and a half times, the largest as it is.
  EXPECT_NEAR(*report.goals[1].all.adjusted_p, 3 * report.goals[1].all.difference->p, 1e-12);
  EXPECT_NEAR(*report.rules[0].all.adjusted_p, 1.5 * report.rules[0].all.difference->p, 1e-12);
  EXPECT_NEAR(*report.goals[2].all.adjusted_p, report.goals[2].all.difference->p, 1e-12);
  EXPECT_FALSE(report.goals[3].all.adjusted_p.has_value()) << "it has no p to adjust";
  EXPECT_FALSE(report.rules[1].all.adjusted_p.has_value()) << "it has no holdout";
  EXPECT_EQ(adjusted_count(report), 3u);
}

TEST(Several, ThePageSaysWhichGoalIsPrimaryAndWhatTheOthersAreWorth) {
  const Report report = report_of_several();
  const std::string section = goals_section(report);
  EXPECT_NE(section.find("<code>/demo</code> was named first and is taken for the primary goal"),
            std::string::npos);
  EXPECT_NE(section.find("their p (3 comparisons) is adjusted"), std::string::npos);
  ASSERT_LT(report.goals[1].all.difference->p, 0.05);
  ASSERT_GT(*report.goals[1].all.adjusted_p, 0.05);
  const std::string verdict = verdict_html(report.goals[1]);
  EXPECT_NE(verdict.find(
                "More accounts reached <code>/pricing</code> with personalization, but that may be chance"),
            std::string::npos)
      << verdict;
  EXPECT_EQ(verdict.find("effect"), std::string::npos) << verdict;
  EXPECT_NE(verdict.find("adjusted for several comparisons"), std::string::npos);
  EXPECT_NE(verdict_html(report.goals[2]).find("No difference can be shown"), std::string::npos);
}

TEST(Several, OneGoalIsSaidToBeNothingButItself) {
  Report report;
  report.goals = {{.goal = "/demo", .all = compare({500, 1000}, {40, 100}), .tiers = {}}};
  adjust_for_several(report);
  EXPECT_EQ(adjusted_count(report), 0u);
  EXPECT_EQ(goals_section(report).find("primary"), std::string::npos);
  EXPECT_EQ(verdict_html(report.goals[0]).find("adjusted"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
