// How a review is shown: for a terminal, for mail, for programs.
#include "measure/review/show.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "measure/review/shown.h"
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
using Way = ReviewShift::Way;

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
       "\nCustomers (1)\n",
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

TEST(ReviewTables, ShowTenAccountsAndCountTheRest) {
  ReviewWorld world;
  std::vector<accounts::Account> list;
  std::vector<ReviewSubject> say;
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
  EXPECT_THAT(text, HasSubstr("  a09 "));
  EXPECT_THAT(text, Not(HasSubstr("  a10 ")));
  EXPECT_THAT(text, HasSubstr("  and 10 more\n"));
  EXPECT_EQ(review_tables(review)[0].rows.size(), 20u);  // two signals each
  EXPECT_THAT(review_json(review), HasSubstr("\"a19\""));
}

TEST(ReviewPage, CanBeMailed) {
  const std::string page = review_page(full());
  EXPECT_THAT(page, HasSubstr("Call with the &lt;TCO&gt; sheet"));
  EXPECT_THAT(page, HasSubstr("Deere &amp; Company"));
  EXPECT_THAT(page, HasSubstr("<code>stages:</code>"));
  for (const char* absent :
       {"<script", "<link", "<img", "http://", "https://", "url(", "@import", "src=", "href="})
    EXPECT_THAT(page, Not(HasSubstr(absent)));
  // Every element says how it looks, for programs that drop the head.
  EXPECT_THAT(page, Not(ContainsRegex("<(td|th|h1|h2|p|body|span|div)( scope=\"col\"| class=\"[a-z]+\")?>")));
  // What the head adds is for screens that differ, and for paper.
  const size_t style = page.find("<style>"), end = page.find("</style>");
  ASSERT_NE(style, page.npos);
  size_t depth = 0;
  std::string outside;
  for (const char c : page.substr(style + 7, end - style - 7)) {
    if (c == '{') ++depth;
    if (depth == 0) outside += c;
    if (c == '}') --depth;
  }
  EXPECT_EQ(outside,
            "\n:root\n@media screen and (prefers-color-scheme:dark)\n@media (max-width:640px)\n"
            "@media print\n");
}

/// With as many accounts in every section as a large list may have there.
Review huge() {
  Review review;
  review.days = *review_days("", kUntil);
  const auto account = [](size_t i) {
    ReviewedAccount one;
    one.id = fmt::format("account-{}", i);
    one.name = fmt::format("{} & <Company> of Everything and Sons {}", std::string(100, 'M'), i);
    one.owner = fmt::format("somebody.with.a.long.name.{}@halden.example", i % 300);
    one.stage = "opportunity";
    one.activity.engagement = 100;
    one.activity.people_7d = 9;
    for (const char* path : {"/solutions/manufacturing/press-shop", "/pricing", "/demo/video", "/"})
      one.pages.push_back({.path = path});
    return one;
  };
  for (ReviewGroup* group : {&review.prospects, &review.customers}) {
    for (size_t i = 0; i < 10'000; ++i) {
      group->calls.push_back({account(i), {}});
      for (int signal = 0; signal < 5; ++signal)
        group->calls.back().signals.push_back(
            {.name = fmt::format("committee-visit-{}", signal),
             .next = {"Offer the launch-readiness workshop to plant and IT"},
             .views = 12,
             .last = kUntil});
      group->arrived.push_back(account(i));
      group->warmer.push_back(account(i));
      group->quiet.push_back(account(i));
      for (const Way way : {Way::kUp, Way::kDown, Way::kOther})
        group->shifts.push_back({.account = account(i),
                                 .way = way,
                                 .from = "engaged",
                                 .to = "sales-ready",
                                 .why = "engagement 100, at least 60; people_30d 9, at least 3",
                                 .until = kUntil});
    }
  }
  for (size_t i = 0; i < 10'000; ++i) {
    review.one_to_one.owners.emplace_back(account(i).owner, 10'000 - i);
    review.one_to_one.weakest.push_back(account(i));
    review.fit_without_intent.push_back(account(i));
    review.intent_without_fit.push_back(account(i));
  }
  review.one_to_one.accounts = 10'050;
  review.one_to_one.capacity = 50;
  return review;
}

TEST(ReviewPage, OfAnyListIsShownWholeByMailPrograms) {
  EXPECT_LT(review_page(huge()).size(), 102u * 1024) << "Gmail cuts what is longer";
}

TEST(ReviewText, OfAnyListIsShortEnoughForAMeeting) {
  const std::string text = review_text(huge(), false);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 250);
  EXPECT_THAT(text, HasSubstr("To call (10,000)"));
  EXPECT_THAT(text, HasSubstr("  and 9,990 more\n"));
  EXPECT_THAT(text, HasSubstr("  and 2 more\n"));  // signals of one account
  EXPECT_THAT(text, HasSubstr("MMMMMMMM…"));
}

TEST(ReviewWords, OfOthersStayInTheirCell) {
  EXPECT_EQ(shown("Deere & Company", 40), "Deere & Company");
  EXPECT_EQ(shown("a\tb\nc\u2028d", 40), "a b c d");
  EXPECT_EQ(shown("\033[2Jx\007\u009by\xff", 40), "\ufffd[2Jx\ufffd\ufffdy\ufffd");
  EXPECT_EQ(shown("\u202egnp.exe\u2066\u200f\ufeff", 40), "gnp.exe");
  EXPECT_EQ(shown("مرحبا", 40), "مرحبا");
  EXPECT_EQ(shown("abcdef", 6), "abcdef");
  EXPECT_EQ(shown("abcdefg", 6), "abcde…");
  EXPECT_EQ(shown("日立製作所", 10), "日立製作所");
  EXPECT_EQ(shown("日立製作所", 9), "日立製作…");
  EXPECT_EQ(shown("日立製作所", 8), "日立製…");
  EXPECT_EQ(columns_of("日立 a\u0301"), 6u);
  EXPECT_EQ(columns_of(shown("日立製作所", 8)), 7u);
}

TEST(ReviewText, KeepsColumnsWhateverTheNames) {
  const std::string text = review_text(full("株式会社日立製作所\033[31m\u202e"), false);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, HasSubstr("株式会社日立製作所\ufffd[31m  maren"));
}

TEST(ReviewMessage, HasTheTextAndThePage) {
  Review review = full("Société 日立");
  const auto message = review_message(review, " sales@example.com, Jane <jane@example.com> ");
  ASSERT_TRUE(message.ok()) << message.message();
  EXPECT_THAT(*message, ::testing::StartsWith("To: sales@example.com, Jane <jane@example.com>\n"
                                              "Subject: Review: 2026-11-23 to 2026-11-29\n"));
  std::istringstream lines(*message);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 78u) << line;
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
  }
  review.owner = "Søren Kierkegaard of the very long name, and more";
  EXPECT_THAT(*review_message(review, "a@b.example"),
              ContainsRegex("\nSubject: =\\?utf-8\\?B\\?[^ ]+\\?=\n =\\?utf-8"));
  for (const std::string& to : {std::string(), std::string("  "), std::string("a@b\nBcc: c@d"),
                                std::string("s\xc3\xb8@b"), std::string(901, 'a')})
    EXPECT_FALSE(review_message(review, to).ok()) << to;
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
          R"({"v":1,"week":null,"from":"2026-11-23","until":"2026-11-29","before":"2026-11-22","over":true,)"));
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
