#include "measure/report/outcome_words.h"

#include <gtest/gtest.h>

#include "measure/report/money_text.h"

namespace abm::measure {
namespace {

TEST(MoneyText, HasCentsWhereTheyMatter) {
  EXPECT_EQ(money_text("EUR", 12300.4), "EUR 12,300");
  EXPECT_EQ(money_text("EUR", 4.1), "EUR 4.10");
  EXPECT_EQ(money_text("EUR", 99.999), "EUR 100");
  EXPECT_EQ(money_text("EUR", -120.2), "EUR -120");
  EXPECT_EQ(money_text("EUR", -0.001), "EUR 0");
  EXPECT_EQ(money_text("", 0), "0");
  EXPECT_EQ(money_text("USD", 3e17), "USD 3e+17");
  EXPECT_EQ(money_range("EUR", {-1955, 1724}), "EUR -1,955 to 1,724");
}

/// Outcomes in which everybody's window is over.
struct Told {
  Outcomes outcomes;
  QuestionResult& came = outcomes.came;

  Told(Share treated, Share control) {
    outcomes.set.currency = "EUR";
    outcomes.settings.window_days = 90;
    came.opportunity.comparison = compare(treated, control, "had an opportunity");
    came.treated.accounts = came.treated.windows_over = treated.accounts;
    came.kept_back.accounts = came.kept_back.windows_over = control.accounts;
    came.amount.comparison.lacks = "4 accounts kept back with an amount, at least 5 are needed";
  }
  void money(double estimate, Interval interval, double p) {
    MoneyComparison& money = came.amount.comparison;
    money.lacks.clear();
    money.treated = {.n = 900, .above_zero = 90, .mean = 1000 + estimate, .standard_error = 1};
    money.kept_back = {.n = 100, .above_zero = 30, .mean = 1000, .standard_error = 1};
    money.difference = MeanDifference{.estimate = estimate, .interval = interval, .bca = interval, .p = p};
  }
  [[nodiscard]] std::string headline() const { return answer_of(outcomes, outcomes.came).headline; }
  [[nodiscard]] std::string text() const { return answer_of(outcomes, outcomes.came).text; }
};

TEST(OutcomeWords, MayBeQuoted) {
  Told told({135, 900}, {5, 100});
  told.money(410, {120, 900}, 0.01);
  EXPECT_EQ(told.headline(), "More opportunities and more pipeline with personalization");
  EXPECT_EQ(
      told.text(),
      "Of 900 accounts with personalization, 135 (15.0%) had an opportunity within 90 days of their first visit; of "
      "100 without, 5 (5.0%): a difference of +10.0 percentage points (95% interval +3.5 to +13.9; p = 0.006). That "
      "is EUR 410 more pipeline per account (95% interval: EUR 120 to 900; p = 0.010), over 900 accounts about EUR 369,000 (between "
      "EUR 108,000 and EUR 810,000).");
}

TEST(OutcomeWords, ClaimNothingThatTheTestsDoNot) {
  Told none({100, 900}, {9, 100});
  none.money(100, {-50, 300}, 0.3);
  EXPECT_EQ(none.headline(), "No difference can be shown");
  EXPECT_NE(none.text().find("the difference of EUR 100 may be chance"), std::string::npos) << none.text();
  EXPECT_EQ(none.text().find("more pipeline"), std::string::npos) << none.text();
  EXPECT_NE(none.text().find("four out of five experiments"), std::string::npos) << none.text();
  // p and interval of money are two methods: one of them alone is not enough.
  none.money(100, {-1, 300}, 0.04);
  EXPECT_EQ(none.headline(), "No difference can be shown");
  none.money(100, {1, 300}, 0.06);
  EXPECT_EQ(none.headline(), "No difference can be shown");
  none.money(100, {1, 300}, 0.04);
  EXPECT_EQ(none.headline(), "More pipeline with personalization");
  none.money(-100, {-300, -1}, 0.04);
  EXPECT_EQ(none.headline(), "Less pipeline with personalization");
}

TEST(OutcomeWords, SumsAreNoSurerThanTheirMeans) {
  Told told({135, 900}, {5, 100});
  told.money(4421.37, {120, 9000}, 0.01);
  EXPECT_NE(told.text().find(
                ", over 900 accounts about EUR 4.0 million (between EUR 108,000 and EUR 8.1 million)."),
            std::string::npos)
      << told.text();
  told.came.amount.comparison.interval_lacks = "6 accounts kept back with an amount, an interval needs 25";
  EXPECT_EQ(told.text().find("over 900 accounts"), std::string::npos) << told.text();
}

TEST(OutcomeWords, SpeakOfThePrimaryOutcomeFirst) {
  Told told({135, 900}, {5, 100});
  told.money(100, {-50, 300}, 0.3);
  told.came.amount.is_primary = true;
  EXPECT_EQ(told.headline(), "No difference can be shown") << "more accounts, but that was not the question";
  told.came.amount.is_primary = false;
  told.came.opportunity.is_primary = true;
  EXPECT_EQ(told.headline(), "More accounts had an opportunity with personalization");
  told.came.opportunity.is_primary = false;
  told.came.won.is_primary = true;
  told.came.won.comparison = compare({90, 900}, {2, 100}, "had a deal won");
  told.came.won_amount.comparison.lacks = "2 accounts kept back with an amount, at least 5 are needed";
  EXPECT_EQ(told.headline(), "More accounts had a deal won with personalization");
  EXPECT_NE(told.text().find(
                "90 (10.0%) had an opportunity within 90 days of their first visit that was won; of 100 "
                "without, 2 (2.0%)"),
            std::string::npos)
      << told.text();
}

TEST(OutcomeWords, OneOfSeveralMayBeChance) {
  Told told({135, 900}, {5, 100});
  told.came.opportunity.comparison.adjusted_p = 0.08;
  EXPECT_EQ(told.headline(), "More accounts had an opportunity with personalization, but that may be chance");
  EXPECT_EQ(answer_of(told.outcomes, told.came).kind, OutcomeAnswer::Kind::kNothingShown);
  told.came.opportunity.comparison.adjusted_p = 0.02;
  EXPECT_EQ(told.headline(), "More accounts had an opportunity with personalization");
  EXPECT_NE(
      told.text().find("Of the amounts, there is not enough data to say anything: 4 accounts kept back"),
      std::string::npos);
  Told fewer({30, 900}, {25, 100});
  EXPECT_EQ(fewer.headline(), "Fewer accounts had an opportunity with personalization");
  told.money(-100, {-300, -1}, 0.04);
  EXPECT_EQ(told.headline(), "More of one and less of the other with personalization");
}

TEST(OutcomeWords, SayPlainlyWhereThereIsNotEnough) {
  const Told told({2, 30}, {1, 25});
  EXPECT_EQ(told.headline(), "Not enough data");
  EXPECT_EQ(said(answer_of(told.outcomes, told.came)).substr(0, 29), "Not enough data to say whethe")
      << "one sentence";
  const Told one({1, 30}, {0, 25});
  EXPECT_NE(one.text().find("pipeline: 1 account had an opportunity; with"), std::string::npos) << one.text();
  EXPECT_EQ(
      told.text(),
      "to say whether personalization created pipeline: 3 accounts had an opportunity; with groups of these sizes at "
      "least 12 are needed. Of 30 accounts with personalization, 2 (6.7%) had an opportunity within 90 days of their "
      "first visit; of 25 without, 1 (4.0%).");
}

TEST(OutcomeWords, JudgeNothingWhereArmsAreNotAsPlannedOrNothingIsKnown) {
  Told told({135, 900}, {5, 100});
  told.came.is_off = true;
  EXPECT_EQ(told.headline(), "Not judged");
  EXPECT_EQ(told.text().find("difference"), std::string::npos) << told.text();
  told.came.lacks = "the exports hold no opportunity";
  EXPECT_EQ(told.headline(), "Not answered");
}

TEST(OutcomeWords, SayThatMoreMayCome) {
  Told told({135, 900}, {5, 100});
  told.came.treated.windows_over = 20;
  told.came.kept_back.windows_over = 3;
  EXPECT_NE(told.text().find(" The 90 days are over for 23 of 1,000 accounts: more may come."),
            std::string::npos);
}

TEST(OutcomeRemarks, NameWhatWasAssumedAndWhatIsNobodys) {
  Told told({135, 900}, {5, 100});
  told.outcomes.listed.question = Question::kListed;
  told.outcomes.listed.lacks = "there is no account list";
  told.outcomes.set.opportunities.resize(9);
  for (int i = 0; i < 7; ++i)
    told.outcomes.set.unmatched.push_back({"Company " + std::to_string(i), "domain x.example", 1, 10});
  told.came.treated.same_day = 1;
  told.came.kept_back.without_amount = 2;
  told.came.treated.not_followed = 1;
  std::string all;
  for (const std::string& remark : outcome_remarks(told.outcomes)) all += remark + "\n";
  for (const std::string_view words :
       {"was not declared: 90 days", "7 of 9 opportunities (EUR 70) belong to no account on the list",
        "Company 4 (domain x.example, 1), and 2 more",
        "Pipeline of listed accounts is not compared: there is no account list.",
        "1 opportunity was created on the very day",
        "Opportunities that count without stating an amount: 2 of accounts that came. They",
        "1 account came after the last day"})
    EXPECT_NE(all.find(words), std::string::npos) << words << "\n" << all;
  told.outcomes.settings.window_declared = true;
  EXPECT_EQ(outcome_remarks(told.outcomes).front().find("was not declared"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
