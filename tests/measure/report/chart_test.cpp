#include "measure/report/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>

#include "measure/report/survival_chart.h"
#include "measure/report/svg.h"

namespace abm::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// Every element that is opened is closed, in order; attributes are quoted, and text is escaped.
void expect_well_formed(const std::string& drawing) {
  const std::regex tag("<(/?)([a-z]+)((?: [a-zA-Z0-9-]+=\"[^\"<>]*\")*)(/?)>");
  std::vector<std::string> open;
  std::string between = std::regex_replace(drawing, tag, "");
  EXPECT_EQ(between.find_first_of("<>"), std::string::npos) << between;
  EXPECT_FALSE(std::regex_search(between, std::regex("&(?!amp;|lt;|gt;|quot;|#39;)"))) << between;
  for (std::sregex_iterator at(drawing.begin(), drawing.end(), tag), end; at != end; ++at) {
    if ((*at)[1].length() > 0) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*at)[2].str());
      open.pop_back();
    } else if ((*at)[4].length() == 0) {
      open.push_back((*at)[2]);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_THAT(drawing, Not(HasSubstr("nan")));
  EXPECT_THAT(drawing, Not(HasSubstr("inf\"")));
  EXPECT_THAT(drawing, Not(HasSubstr("style=")));
}

/// Neither words nor shapes leave the drawing.
void expect_within(const std::string& drawing) {
  std::smatch box;
  ASSERT_TRUE(std::regex_search(drawing, box, std::regex("viewBox=\"0 0 960 ([0-9]+)\"")));
  const double height = std::stod(box[1]);
  const std::regex words("<text class=\"([^\"]*)\" x=\"([-0-9.]+)\" y=\"([-0-9.]+)\">([^<]*)<");
  for (std::sregex_iterator at(drawing.begin(), drawing.end(), words), end; at != end; ++at) {
    const std::string kind = (*at)[1],
                      plain = std::regex_replace((*at)[4].str(), std::regex("&[a-z#0-9]+;"), "x");
    const auto characters =
        std::count_if(plain.begin(), plain.end(), [](char c) { return (c & 0xc0) != 0x80; });
    const double width = static_cast<double>(characters) * svg::kCharacter, x = std::stod((*at)[2]);
    const double left = kind.find("end") != std::string::npos      ? x - width
                        : kind.find("middle") != std::string::npos ? x - width / 2
                                                                   : x;
    EXPECT_GE(left, -1) << at->str();
    EXPECT_LE(left + width, 961) << at->str();
    EXPECT_GE(std::stod((*at)[3]), 0) << at->str();
    EXPECT_LE(std::stod((*at)[3]), height) << at->str();
  }
  const std::regex places("(?: (?:x|x1|x2|cx)=\"|[HM ])(-?[0-9.]+)(?=\"| [0-9V]| V)");
  for (std::sregex_iterator at(drawing.begin(), drawing.end(), places), end; at != end; ++at) {
    EXPECT_GE(std::stod((*at)[1]), 0) << at->str();
    EXPECT_LE(std::stod((*at)[1]), 960) << at->str();
  }
}

std::vector<Duration> durations(int n, int step, int every) {
  std::vector<Duration> result;
  for (int i = 0; i < n; ++i) result.push_back({static_cast<double>(1 + i * step % 170), i % every == 0});
  return result;
}

TEST(SurvivalChart, DrawsBothArmsWithBandsAndNumbersAtRisk) {
  const SurvivalChart look{"Time to the first opportunity, by arm", "days since the first visit", true, 180,
                           "at risk"};
  const std::string drawing = survival_chart({{"treated", kaplan_meier(durations(900, 7, 3)), false},
                                              {"kept back", kaplan_meier(durations(100, 7, 5)), true}},
                                             look);
  expect_well_formed(drawing);
  expect_within(drawing);
  EXPECT_THAT(drawing, HasSubstr("aria-label=\"Time to the first opportunity, by arm\""));
  for (const char* kind : {"\"band\"", "\"band muted\"", "\"curve\"", "\"curve muted\""})
    EXPECT_THAT(drawing, HasSubstr(std::string("<path class=") + kind));
  EXPECT_THAT(drawing, HasSubstr(">900</text>")) << "at risk on day 0";
  EXPECT_THAT(drawing, HasSubstr(">100</text>"));
  EXPECT_THAT(drawing, HasSubstr("share that has"));
  const std::string open = survival_chart({{"treated", kaplan_meier(durations(90, 7, 3)), false}},
                                          {"label", "axis", false, 0, "still open"});
  EXPECT_THAT(open, HasSubstr("share still open"));
  EXPECT_THAT(open, HasSubstr(">100%</text>"));
}

// Three days, 4 accounts: at 60 of 120 days the curve is in the middle of the plot.
TEST(SurvivalChart, IsAStepWhereItHappens) {
  const std::string drawing =
      survival_chart({{"a", kaplan_meier({{60, true}, {60, true}, {120, false}, {120, false}}), false}},
                     {"label", "days", false, 120, "at risk"});
  EXPECT_THAT(drawing, HasSubstr("<path class=\"curve\" d=\"M150.0 36.0 H460.0 V156.0 H770.0 V156.0\">"));
  EXPECT_THAT(drawing, HasSubstr("a 50.0%</text>"));
}

TEST(SurvivalChart, TakesWhateverItIsGiven) {
  const std::string name = "a very long name of an arm & <more>";
  for (const auto& curve :
       {kaplan_meier({}), kaplan_meier({{0, true}}), kaplan_meier({{kInf, false}, {3, true}}),
        kaplan_meier({{5, false}}), kaplan_meier(durations(100'000, 13, 2))}) {
    for (const bool happened : {true, false}) {
      const std::string drawing = survival_chart({{name, curve, false}, {name, curve, true}},
                                                 {"\"label\" & <b>", "days", happened, 0, name});
      expect_well_formed(drawing);
      expect_within(drawing);
      EXPECT_LT(drawing.size(), 200'000u);
    }
  }
  expect_well_formed(survival_chart({}, {"nobody", "days", true, 0, "at risk"}));
}

TEST(FunnelChart, ShowsSharesAndCountsByArm) {
  const FunnelChart look{
      "From accounts to won", "share of the arm's accounts", {"accounts", "with an opportunity", "won"}};
  const std::string drawing =
      funnel_chart({{"treated", {900, 120, 34}, false}, {"kept back", {100, 9, 2}, true}}, look);
  expect_well_formed(drawing);
  expect_within(drawing);
  EXPECT_THAT(drawing, HasSubstr("13.3% · 120 of 900"));
  EXPECT_THAT(drawing, HasSubstr("2.0% · 2 of 100"));
  EXPECT_THAT(drawing, HasSubstr("class=\"fill-1 muted\""));
  const int64_t most = 999'999;
  for (const std::vector<int64_t>& counts :
       {std::vector<int64_t>{}, {0, 0, 0}, {most, most, most}, {5}, {1, 7, -3}}) {
    const std::string hostile = funnel_chart({{"<a> & a very long name of an arm", counts, false}}, look);
    expect_well_formed(hostile);
    expect_within(hostile);
  }
  expect_well_formed(funnel_chart({}, {"nothing", "", {}}));
}

TEST(AmountChart, HasAnAxisInMoney) {
  const std::string drawing = amount_chart({{"treated", 12'300, {9'100, 16'400}, "EUR 12,300", false},
                                            {"kept back", 8'000, {2'000, 19'000}, "EUR 8,000", true}},
                                           {"Amount per account", "amount won per account", "EUR", false});
  expect_well_formed(drawing);
  expect_within(drawing);
  EXPECT_THAT(drawing, HasSubstr(">EUR 5,000</text>"));
  EXPECT_THAT(drawing, HasSubstr(">EUR 20k</text>"));
  EXPECT_THAT(drawing, HasSubstr("class=\"dot muted\""));
  const std::string millions =
      amount_chart({{"difference", 1.2e6, {-4e5, 2.9e6}, "", false}}, {"l", "a", "", true});
  EXPECT_THAT(millions, HasSubstr(">2M</text>"));
  EXPECT_THAT(millions, HasSubstr("class=\"zero\""));
  for (const double value : {0.0, 5e-324, 1e308, kInf, -kInf, kNaN, 0.004}) {
    const std::string hostile =
        amount_chart({{"<a>", value, {-value, value}, "x", false}}, {"l", "a", "EUR", true});
    expect_well_formed(hostile);
    expect_within(hostile);
  }
}

}  // namespace
}  // namespace abm::measure
