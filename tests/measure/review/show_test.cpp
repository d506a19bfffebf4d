// How a review is shown: for a terminal, for mail, for programs.
#include "measure/review/show.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "measure/review/tables.h"
#include "tests/measure/review/review_testing.h"

namespace abm::measure {
namespace {

using accounts::Tier;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using testing::kBefore;
using testing::kUntil;
using testing::listed;
using testing::loads;
using ::testing::Not;
using testing::ReviewWorld;
using testing::told;

Review full(const std::string& name = "Deere & Company") {
  ReviewWorld world(
      "stages: [ { name: hot, when: { visits_7d: { min: 3 } }, hold: 2d } ]\n"
      "plays: [ { name: rescue, when: { quiet_days: { min: 15 } } } ]\n");
  world.list(kBefore - 40, {listed("deere", Tier::kOneToOne), listed("kuka", Tier::kOneToOne),
                            listed("cust", Tier::kOneToFew, "customer"), listed("keen")});
  world.fold(loads("deere", kBefore - 2, 1));
  world.fold(loads("deere", kUntil, 3, {"pricing-visit"}, "/pricing"));
  world.fold(loads("kuka", kUntil - 15, 2));
  world.fold(loads("cust", kUntil, 1, {"pricing-visit"}));
  return world.review(
      {told("deere", "maren", 80, name), told("kuka", "sofia"), told("cust"), told("keen", "", 75)}, "", 1,
      {{"pricing-visit", {"Call with the <TCO> sheet"}}});
}

TEST(ReviewText, HasEverySectionInTheOrderOfAMeeting) {
  const std::string text = review_text(full(), false);
  size_t at = 0;
  for (
      const char* part :
      {"Review: 2026-11-23 to 2026-11-29\n",
       "2 of 4 accounts came",
       "\nTo call (1)\n",
       "Deere & Company  maren  one-to-one  9 → 36      pricing-visit × 3  2026-11-29  Call with the <TCO> sheet\n",
       "\nMoved up (1)\n",
       "stage  none  hot  visits_7d 3, at least 3; until 2026-12-01\n",
       "\nChanged (1)\n",
       "rescue",
       "\nWarmer (1)\n",
       "\nGone quiet (1)\n",
       "2026-11-14\n",
       "\nCustomers (2)\n",
       "first visit: /\n",
       "\nCoverage of the list\n",
       "one-to-one   2       1     50.0%",
       "\nToo many one-to-one (1)\n",
       "2 one-to-one accounts, and people can serve 1.",
       "\nOne-to-one accounts by owner (2)\n",
       "\nIntent without fit (1)\n",
       "keen"}) {
    const size_t found = text.find(part, at);
    ASSERT_NE(found, text.npos) << part << "\n" << text;
    at = found;
  }
  EXPECT_THAT(text, Not(HasSubstr("\nNew (")));
  EXPECT_THAT(text, Not(HasSubstr(" \n")));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(review_text(full(), true), HasSubstr("\033[1mTo call (1)\033[0m\n"));
}

TEST(ReviewText, OfNothingSaysSo) {
  ReviewWorld world;
  const std::string text = review_text(world.review({}), false);
  EXPECT_THAT(text, HasSubstr("0 of 0 accounts came"));
  EXPECT_THAT(text, HasSubstr("No prospect raised a signal."));
  EXPECT_THAT(text, HasSubstr("No account is on the list."));
  EXPECT_THAT(review_page(world.review({})),
              HasSubstr("No visit of these days or of any day before is known"));
  EXPECT_THAT(review_json(world.review({})), HasSubstr(R"("coverage":[],"joined":[],"left":[])"));
}

TEST(ReviewText, LeavesOutTheOwnerOfOnesOwn) {
  Review review = full();
  review.owner = "maren";
  const std::string text = review_text(review, false);
  EXPECT_THAT(text, HasSubstr("Review for maren: "));
  EXPECT_THAT(text, HasSubstr("Deere & Company  one-to-one"));
  EXPECT_THAT(text, Not(HasSubstr("by owner")));
}

TEST(ReviewTables, ShowFifteenAccountsAndCountTheRest) {
  ReviewWorld world;
  std::vector<accounts::Account> list;
  std::vector<ReviewListEntry> say;
  for (int i = 0; i < 20; ++i) {
    const std::string id = fmt::format("a{:02}", i);
    list.push_back(listed(id));
    say.push_back(told(id));
    world.fold(loads(id, kUntil, 1, {"demo", "pricing-visit"}));
  }
  world.list(kBefore, list);
  const Review review = world.review(say);
  const std::string text = review_text(review, false);
  EXPECT_THAT(text, HasSubstr("To call (20)"));
  EXPECT_THAT(text, HasSubstr("  a14 "));
  EXPECT_THAT(text, Not(HasSubstr("  a15 ")));
  EXPECT_THAT(text, HasSubstr("  and 5 more\n"));
  EXPECT_EQ(review_tables(review)[0].rows.size(), 30u);  // two signals each
  EXPECT_THAT(review_json(review), HasSubstr("\"a19\""));
}

TEST(ReviewPage, CanBeMailed) {
  const std::string page = review_page(full());
  EXPECT_THAT(page, HasSubstr("Call with the &lt;TCO&gt; sheet"));
  EXPECT_THAT(page, HasSubstr("Deere &amp; Company"));
  EXPECT_THAT(page, HasSubstr("<code>stages:</code>"));
  for (const char* absent :
       {"<script", "<style", "<link", "<img", "http://", "https://", "url(", "src=", "href=", "class="})
    EXPECT_THAT(page, Not(HasSubstr(absent)));
  // Every cell says how it looks.
  EXPECT_FALSE(std::regex_search(page, std::regex("<(td|th|h1|h2|p|body)( scope=\"col\")?>")));
}

TEST(ReviewPage, EscapesWhateverTheListSays) {
  const std::string page = review_page(full("<script>alert(1)</script>\"'&"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST(ReviewJson, HasWhatTheTextHas) {
  const std::string json = review_json(full());
  EXPECT_THAT(
      json,
      HasSubstr(
          R"("week":null,"from":"2026-11-23","until":"2026-11-29","before":"2026-11-22","over":true,)"));
  EXPECT_THAT(
      json,
      HasSubstr(R"("signals":[{"signal":"pricing-visit","next":["Call with the <TCO> sheet"],"views":3,)"));
  EXPECT_THAT(
      json,
      HasSubstr(
          R"("what":"stage","way":"up","from":null,"to":"hot","why":"visits_7d 3, at least 3","until":"2026-12-01")"));
  EXPECT_THAT(json, HasSubstr(R"("one_to_one":{"accounts":2,"capacity":1,)"));
}

}  // namespace
}  // namespace abm::measure
