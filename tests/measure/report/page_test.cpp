#include "measure/report/page.h"

#include <openssl/evp.h>

#include <regex>

#include "measure/report/chart.h"
#include "measure/report/html.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

Table hostile_table() {
  Table table;
  table.name = "signals";
  table.title = "Signals";
  table.columns = {"account", "next", "visits"};
  table.rows.push_back(
      {std::string("a</script><script>alert(1)</script>"), std::string("=HYPERLINK(\"x\")"), int64_t{1}});
  table.rows.push_back({Cell(), std::string("quote \" and, comma"), int64_t{1234567}});
  return table;
}

Report hostile_report() {
  Report report;
  report.tables.push_back(hostile_table());
  report.generated_at = "2026-11-24T00:00:00Z";
  report.list_name = "<b>list</b>";
  return report;
}

TEST(Page, ShowsHostileTextAsText) {
  const std::string page = page_html(hostile_report());
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_NE(page.find("a&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;list&lt;/b&gt;"), std::string::npos);
}

// The policy names exactly the one script and the one style that are there, and nothing else can load.
TEST(Page, NamesItsScriptAndStyleByHash) {
  const std::string page = page_html(hostile_report());
  const auto between = [&page](const std::string& start, const std::string& end) {
    const size_t from = page.find(start) + start.size();
    return page.substr(from, page.find(end, from) - from);
  };
  const auto hash = [](const std::string& text) {
    unsigned char digest[32], base64[48];
    EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
    EVP_EncodeBlock(base64, digest, sizeof digest);
    return std::string(reinterpret_cast<const char*>(base64));
  };
  const std::string policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  EXPECT_EQ(policy, "default-src 'none'; script-src 'sha256-" + hash(between("<script>", "</script>")) +
                        "'; style-src 'sha256-" + hash(between("<style>", "</style>")) +
                        "'; base-uri 'none'; form-action 'none'");
  EXPECT_EQ(std::regex_search(page, std::regex("\\s(style|on[a-z]+)=")), false);
  EXPECT_EQ(std::regex_search(page, std::regex("(src|href)=\"(?!#|data:,)")), false);
}

TEST(Page, IsSensibleWithNothingAtAll) {
  const std::string page = page_html({});
  EXPECT_NE(page.find("No comparison: no goal page was named"), std::string::npos);
  EXPECT_NE(page.find("no visits in this period"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_EQ(page.find("inf<"), std::string::npos);
}

Table links_table(int64_t accounts, int64_t only) {
  Table table;
  table.name = "added_by_source";
  table.title = "What each source adds";
  table.columns = {"source", "accounts", "known_only_by_this"};
  table.rows.push_back({std::string("link"), accounts, only});
  return table;
}

TEST(Page, SaysInASentenceWhatLinksAdded) {
  Report report;
  report.tables.push_back(links_table(3, 2));
  EXPECT_NE(page_html(report).find("Signed links made 2 of 3 accounts known that nothing else knew."),
            std::string::npos);
  report.tables[0] = links_table(1, 0);
  EXPECT_NE(
      page_html(report).find("Signed links recognised 1 account, all of which something else knew, too."),
      std::string::npos);
}

TEST(Page, HasNoNumberOfNewAccountsWhereNothingIsOlder) {
  Report report;
  Table& summary = report.tables.emplace_back();
  summary.name = "summary";
  summary.columns = {"new_since"};
  summary.rows.push_back({Cell()});
  EXPECT_NE(page_html(report).find("<dt>Newly engaged</dt><dd>–<small>nothing from before is stored</small>"),
            std::string::npos);
  summary.rows[0][0] = std::string("2026-11-17");
  EXPECT_NE(page_html(report).find("<dt>Newly engaged</dt><dd>0<small>since 2026-11-17</small>"),
            std::string::npos);
}

/// 30 accounts a side, of which some had an opportunity; followed for 40 of 180 days.
Outcomes some_outcomes() {
  Outcomes outcomes;
  outcomes.set.currency = "EUR";
  outcomes.listed.question = Question::kListed;
  outcomes.listed.lacks = "there is no account list";
  QuestionResult& came = outcomes.came;
  came.opportunity.comparison = compare({12, 30}, {5, 30}, "had an opportunity");
  came.treated.accounts = came.kept_back.accounts = 30;
  came.amount.comparison.lacks = came.amount.comparison.interval_lacks = "nothing";
  came.won_amount.comparison = came.amount.comparison;
  std::vector<Duration> durations;
  for (int i = 0; i < 30; ++i) durations.push_back({i < 12 ? 20.0 + i : 2.0 + i % 27, i < 12});
  durations.push_back({40, false});
  came.to_opportunity.treated = came.to_opportunity.kept_back = kaplan_meier(durations);
  Deals& deals = came.deals.emplace_back();
  deals.name = "treated";
  deals.opportunities = deals.won = 1;
  return outcomes;
}

TEST(Page, BeginsWithWhatWasDeclaredToBePrimary) {
  Report report;
  report.outcomes = some_outcomes();
  report.goals.push_back({"/demo", compare({20, 30}, {10, 30}), {}});
  report.goals.push_back({"/first", compare({20, 30}, {10, 30}), {}});
  const auto place = [&report](std::string_view words) { return page_html(report).find(words); };
  EXPECT_LT(place("<code>/demo</code>"), place("had an opportunity within"));
  report.primary.goal = "/first";
  EXPECT_LT(place("<code>/first</code>"), place("<code>/demo</code>"));
  EXPECT_LT(place("id=\"effect\""), place("id=\"outcomes\""));
  report.primary.goal.clear();
  report.primary.outcome = report.outcomes->primary = "opportunity";
  EXPECT_LT(place("had an opportunity within"), place("</header>"));
  EXPECT_LT(place("had an opportunity within"), place("<code>/demo</code>"));
  EXPECT_LT(place("id=\"outcomes\""), place("id=\"effect\""));
}

TEST(Page, TellsFiguresThatCanBeToldOn) {
  Report report;
  report.outcomes = some_outcomes();
  const std::string page = page_html(report);
  EXPECT_NE(page.find("<td class=\"w\">1 of 1</td>"), std::string::npos) << "no win rate of one deal";
  EXPECT_EQ(page.find("100.0%"), std::string::npos);
  EXPECT_NE(page.find("and not at the 40.0% of the sentence above"), std::string::npos);
  const size_t table = page.find("aria-label=\"Share of accounts that had an opportunity, by days\"");
  const std::string rows = page.substr(table, page.find("</table>", table) - table);
  EXPECT_NE(rows.find(">40</td>"), std::string::npos) << "the last day on which anybody was followed";
  EXPECT_EQ(rows.find(">180</td>"), std::string::npos) << "nobody was followed for so long";
  report.outcomes->came.treated.windows_over = report.outcomes->came.kept_back.windows_over = 30;
  EXPECT_EQ(page_html(report).find("of the sentence above"), std::string::npos);
}

TEST(Page, HasAdjustedFiguresOnlyWhereTheySaySomething) {
  Report report;
  report.outcomes = some_outcomes();
  QuestionResult& came = report.outcomes->came;
  came.opportunity.by_before =
      AdjustedFigure{.estimate = 0.2, .interval = Interval{0.1, 0.3}, .explained = 0.25};
  came.amount.by_before = AdjustedFigure{.estimate = 7, .explained = 0.004};
  const std::string page = page_html(report);
  EXPECT_NE(page.find("had an opportunity, adjusted by before (25 % explained)"), std::string::npos);
  EXPECT_EQ(page.find("pipeline created, adjusted"), std::string::npos);
  EXPECT_NE(page.find("Not adjusted: pipeline created. What was there before explains less than 1 % of it"),
            std::string::npos);
}

TEST(Csv, QuotesByRfc4180AndDisarmsFormulas) {
  EXPECT_EQ(table_csv(hostile_table()),
            "account,next,visits\r\n"
            "a</script><script>alert(1)</script>,\"'=HYPERLINK(\"\"x\"\")\",1\r\n"
            ",\"quote \"\" and, comma\",1234567\r\n");
}

TEST(Html, WritesNumbersForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(percent(0.12345), "12.3%");
  EXPECT_EQ(points(0.0123), "+1.2");
  EXPECT_EQ(points(-0.00001), "0.0");
  EXPECT_EQ(p_value(0.0004), "<0.001");
  EXPECT_EQ(p_value(0.0314), "0.031");
  EXPECT_EQ(counted(1, "account"), "1 account");
  EXPECT_EQ(escaped("a\x01\xff<&\"'"), "a\xef\xbf\xbd\xef\xbf\xbd&lt;&amp;&quot;&#39;");
}

TEST(Html, CutsLongTablesAndSaysSo) {
  Table table;
  table.columns = {"n"};
  for (int64_t i = 0; i < 250; ++i) table.rows.push_back({i});
  const std::string html = table_html(table);
  EXPECT_NE(html.find("150 rows more"), std::string::npos);
  EXPECT_EQ(html.find(">249<"), std::string::npos);
}

TEST(Chart, TicksCoverWhatIsShown) {
  EXPECT_EQ(nice_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(nice_ticks(0, 1, 4).back(), 1);
  for (const double high : {0.003, 0.7, 1.0, 3.0, 99.0, 101.0, 123456.0}) {
    for (const double low : {0.0, -high / 3}) {
      const std::vector<double> ticks = nice_ticks(low, high, 5);
      EXPECT_LE(ticks.front(), low);
      EXPECT_GE(ticks.back(), high);
      EXPECT_GE(ticks.size(), 3u);
      EXPECT_LE(ticks.size(), 9u);
    }
  }
}

TEST(Chart, DrawsWithinItsWidthWhateverTheNumbers) {
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{999'999'999}}) {
    for (const std::string& svg :
         {bar_chart({{"a", value, std::nullopt, ""}, {"b", 0, value, "x"}}, "label", "axis"),
          day_chart({{"2026-11-01", value, value / 2}}, "label", "all", "some")}) {
      const std::regex numbers("(?:x|x1|x2)=\"([-0-9.]+)\"");
      for (std::sregex_iterator at(svg.begin(), svg.end(), numbers), end; at != end; ++at) {
        EXPECT_GE(std::stod((*at)[1]), 0) << svg;
        EXPECT_LE(std::stod((*at)[1]), 960) << svg;
      }
      EXPECT_EQ(svg.find("nan"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace abm::measure
