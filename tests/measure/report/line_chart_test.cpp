#include "measure/report/line_chart.h"

#include <gtest/gtest.h>

#include <regex>

namespace abm::measure {
namespace {

/// Every number of the attributes x, x1, x2 and points' first halves.
std::vector<double> places_across(const std::string& svg) {
  std::vector<double> places;
  const std::regex attribute("(?: x[12]?=\"|[\" ])([0-9.-]+)(?=[,\"])");
  for (std::sregex_iterator at(svg.begin(), svg.end(), attribute), end; at != end; ++at)
    places.push_back(std::stod((*at)[1]));
  return places;
}

TEST(LineChart, DrawsDaysWithABandAndALevel) {
  const double day = *day_number("2026-11-01");
  const ChartLine line{
      .name = "found <1>",
      .points = {{day, 0.2, Interval{0, 1}}, {day + 1, 0.1, Interval{0.05, 0.2}}, {day + 2, 0.12, {}}}};
  const std::string svg = line_chart({line}, {.label = "a \"label\"",
                                              .x_axis = "days",
                                              .x_is_day = true,
                                              .reference = 0.1,
                                              .reference_name = "planned"});
  EXPECT_NE(svg.find("aria-label=\"a &quot;label&quot;\""), std::string::npos);
  EXPECT_NE(svg.find(">found &lt;1&gt;</text>"), std::string::npos);
  EXPECT_NE(svg.find(">1 Nov</text>"), std::string::npos);
  EXPECT_NE(svg.find(">3 Nov</text>"), std::string::npos);
  EXPECT_NE(svg.find("class=\"band s1\""), std::string::npos);
  EXPECT_NE(svg.find("class=\"zero\""), std::string::npos);
  EXPECT_NE(svg.find(">planned</text>"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  for (const double place : places_across(svg)) {
    EXPECT_GE(place, 0);
    EXPECT_LE(place, 960);
  }
}

TEST(LineChart, NamesOfLinesThatEndTogetherDoNotCoverOneAnother) {
  std::vector<ChartLine> lines;
  for (int i = 0; i < 8; ++i)
    lines.push_back({.name = "line " + std::to_string(i), .points = {{0.1, 0.3, {}}, {0.5, 0.2, {}}}});
  const std::string svg = line_chart(lines, {.label = "l", .x_axis = "x", .x_is_share = true});
  const std::regex name("<text class=\"label\" x=\"[0-9.]+\" y=\"([0-9.]+)\">line");
  std::vector<double> heights;
  for (std::sregex_iterator at(svg.begin(), svg.end(), name), end; at != end; ++at)
    heights.push_back(std::stod((*at)[1]));
  ASSERT_EQ(heights.size(), 8u);
  for (size_t i = 1; i < heights.size(); ++i) EXPECT_GE(heights[i] - heights[i - 1], 16.9);
  EXPECT_GE(heights.front(), 10);
  EXPECT_LE(heights.back(), 245);
  EXPECT_NE(svg.find("curve s6"), std::string::npos);
  EXPECT_EQ(svg.find("curve s7"), std::string::npos) << "there is no seventh style";
}

TEST(LineChart, OfNothingIsNothingAndOfOnePointADot) {
  EXPECT_EQ(line_chart({}, {}), "");
  EXPECT_EQ(line_chart({ChartLine{.name = "empty", .points = {}}}, {}), "");
  const std::string svg =
      line_chart({ChartLine{.name = "one", .points = {{20000, 0, {}}}}}, {.label = "l", .x_axis = "x"});
  EXPECT_NE(svg.find("<circle"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_FALSE(day_number("2026-11").has_value());
  EXPECT_FALSE(day_number("2026-13-01").has_value());
}

TEST(LineChart, MarksAPlaceEvenWhereNoLineIs) {
  LineChart options;
  options.x_is_share = true;
  options.mark = 0.05;
  options.mark_name = "yours, 5 %";
  const std::vector<ChartLine> lines = {{"30 days", {{.x = 0.2, .y = 0.1}, {.x = 0.5, .y = 0.05}}}};
  const std::string svg = line_chart(lines, options);
  EXPECT_NE(svg.find(">yours, 5 %</text>"), std::string::npos);
  EXPECT_NE(svg.find("<line class=\"zero\" x1=\"64.0\""), std::string::npos)
      << "at the plot's left edge: " << svg;
  options.mark.reset();
  EXPECT_EQ(line_chart(lines, options).find("yours"), std::string::npos);
}

}  // namespace
}  // namespace abm::measure
