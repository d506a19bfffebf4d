#include "measure/outcomes/money.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "measure/outcomes/comparison.h"

namespace abm::measure {
namespace {

/// `accounts` of which `with` have amounts of 100, 200 …
std::vector<double> values(size_t accounts, size_t with, double step = 100) {
  std::vector<double> list(accounts);
  for (size_t i = 0; i < with; ++i) list[i] = step * static_cast<double>(i + 1);
  return list;
}

TEST(Money, IsNotComparedWhereThereIsTooLittle) {
  const auto lacks = [](size_t treated, size_t treated_with, size_t control, size_t control_with) {
    const auto result = compare_money({values(treated, treated_with), values(control, control_with)});
    EXPECT_EQ(result.difference.has_value(), result.lacks.empty());
    EXPECT_EQ(result.interval_lacks.empty(),
              result.lacks.empty() && std::min(treated_with, control_with) >= 25);
    return result.lacks;
  };
  EXPECT_EQ(lacks(100, 50, 19, 19), "19 accounts kept back, at least 20 are needed");
  EXPECT_EQ(lacks(1, 1, 50, 10), "1 account treated, at least 20 are needed");
  EXPECT_EQ(lacks(100, 50, 50, 4), "4 accounts kept back with an amount, at least 5 are needed");
  EXPECT_EQ(lacks(100, 4, 50, 5), "4 accounts treated with an amount, at least 5 are needed");
  EXPECT_EQ(lacks(20, 5, 20, 5), "");
}

TEST(Money, IsTheMeanOfAllAccountsWithAnAmountOrWithout) {
  const auto result = compare_money({values(100, 40), values(50, 30)});
  EXPECT_DOUBLE_EQ(result.treated.mean, 820);
  EXPECT_DOUBLE_EQ(result.kept_back.mean, 930);
  ASSERT_TRUE(result.difference.has_value());
  EXPECT_EQ(result.interval_lacks, "");
  EXPECT_DOUBLE_EQ(result.difference->estimate, -110);
  EXPECT_LT(result.difference->interval.low, -110);
  EXPECT_GT(result.difference->interval.high, -110);
  EXPECT_LT(result.treated_interval.low, 820);
  EXPECT_GT(result.kept_back_interval.high, 930);
}

TEST(Money, HasAPBeforeItHasAnInterval) {
  const auto result = compare_money({values(100, 40), values(50, 24)});
  ASSERT_TRUE(result.difference.has_value());
  EXPECT_LT(result.difference->p, 1);
  EXPECT_EQ(result.interval_lacks, "24 accounts kept back with an amount, an interval needs 25");
}

TEST(Money, IsFollowedDailyOnlyWithEnoughOfIt) {
  const auto lacks = [](size_t treated, size_t treated_with, size_t control, size_t control_with,
                        uint64_t planned) {
    return sequence_of_means_lacks(mean_of(values(treated, treated_with)),
                                   mean_of(values(control, control_with)), planned, kFewestAmountsInSequence);
  };
  EXPECT_EQ(lacks(5000, 900, 2000, 400, 0),
            "it is not known how many accounts are planned: no account list was given");
  EXPECT_NE(
      lacks(500, 90, kFewestInSequence - 1, 40, 600).find("accounts kept back with their window behind them"),
      std::string::npos);
  EXPECT_NE(lacks(500, kFewestAmountsInSequence - 1, 200, 100, 600).find("of these treated with an amount"),
            std::string::npos);
  EXPECT_EQ(lacks(5000, 900, 2000, 400, 6000), "");
}

}  // namespace
}  // namespace abm::measure
