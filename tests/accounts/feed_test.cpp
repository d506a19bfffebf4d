#include "accounts/feed.h"

#include <cstring>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

using samples::feed_of;
using samples::parse;
using testing::ElementsAre;
using testing::Pair;

/// Fields of the only account of a feed with this line.
Account account_of(std::string_view line) {
  const auto parsed = parse(feed_of(line));
  EXPECT_TRUE(parsed.summary) << parsed.diagnostics.format();
  return parsed.accounts.empty() ? Account() : parsed.accounts.front();
}

TEST(FeedParser, ReadsEveryFieldOfTheExample) {
  const Account deere = account_of(samples::kDeere);
  const auto text = [&](TextField field) { return deere.text[static_cast<size_t>(field)]; };
  EXPECT_EQ(deere.id(), "deere");
  EXPECT_EQ(deere.name(), "Deere & Company");
  EXPECT_EQ(text(TextField::kDomain), "deere.com");
  EXPECT_THAT(deere.domains, ElementsAre("deere.com", "johndeere.com"));
  EXPECT_EQ(deere.tier, Tier::kOneToOne);
  EXPECT_THAT(deere.segments, ElementsAre("ag-equipment"));
  EXPECT_EQ(text(TextField::kIndustry), "manufacturing");
  EXPECT_EQ(text(TextField::kCountry), "US");
  EXPECT_EQ(text(TextField::kRegion), "IL");
  EXPECT_EQ(text(TextField::kStage), "opportunity");
  EXPECT_EQ(text(TextField::kPlay), "engaged-acceleration");
  EXPECT_EQ(text(TextField::kOwner), "owner@example.com");
  EXPECT_EQ(text(TextField::kParent), "");
  const auto number = [&](NumberField field) { return deere.numbers[static_cast<size_t>(field)]; };
  EXPECT_EQ(number(NumberField::kEmployees), 83000);
  EXPECT_EQ(number(NumberField::kRevenueUsd), 51700000000);
  EXPECT_EQ(number(NumberField::kIntent), 88);
  EXPECT_EQ(number(NumberField::kEngagement), 72);
  EXPECT_EQ(number(NumberField::kVisits30d), std::nullopt);
  EXPECT_THAT(deere.networks, ElementsAre("164.121.0.0/16"));
  EXPECT_THAT(deere.asns, ElementsAre(10846u));
  EXPECT_THAT(deere.organizations, ElementsAre("Deere & Company"));
  EXPECT_THAT(deere.attributes, ElementsAre(Pair("competitor", "AGCO"), Pair("role", "plant manager")));
  EXPECT_FALSE(deere.exclude);
  EXPECT_EQ(deere.line, 2u);
}

TEST(FeedParser, NeedsOnlyIdAndName) {
  const Account account = account_of(R"({"name":"A","id":"a"})");
  EXPECT_EQ(account.tier, Tier::kUntiered);
  EXPECT_FALSE(account.exclude);
  for (const auto& number : account.numbers) EXPECT_FALSE(number) << "a missing number is not 0";
  EXPECT_TRUE(account.domains.empty() && account.segments.empty() && account.attributes.empty());
}

TEST(FeedParser, TakesNullForMissing) {
  const Account account = account_of(
      R"({"id":"a","name":"A","domains":null,"tier":null,"segments":null,"industry":null,"employees":null,)"
      R"("networks":null,"asns":null,"organizations":null,"attributes":{"role":null},"exclude":null})");
  EXPECT_EQ(account.tier, Tier::kUntiered);
  EXPECT_FALSE(account.numbers[0]);
  EXPECT_TRUE(account.attributes.empty());
}

TEST(FeedParser, TellsZeroFromMissing) {
  const Account account = account_of(R"({"id":"a","name":"A","intent":0,"employees":9223372036854775807})");
  EXPECT_THAT(account.numbers,
              ElementsAre(INT64_MAX, std::nullopt, 0, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                          std::nullopt, std::nullopt, std::nullopt));
}

TEST(FeedParser, ReadsWhatACoreCountedItself) {
  const Account account = account_of(
      R"({"id":"a","name":"A","visits_7d":1,"visits_30d":2,"people_7d":3,"people_30d":4,"quiet_days":0,)"
      R"("first_seen_days":90,"moved":"stage aware to engaged","pages_30d":{"/b":2,"/pricing":29,"/a":2}})");
  EXPECT_THAT(account.numbers,
              ElementsAre(std::nullopt, std::nullopt, std::nullopt, std::nullopt, 1, 2, 3, 4, 0, 90));
  EXPECT_EQ(account.text[static_cast<size_t>(TextField::kMoved)], "stage aware to engaged");
  EXPECT_EQ(account.pages, (std::vector<VisitedPage>{{"/a", 2}, {"/b", 2}, {"/pricing", 29}}));
  EXPECT_TRUE(account_of(R"({"id":"a","name":"A","pages_30d":null})").pages.empty());
}

TEST(FeedParser, ReadsTheShortFormsOfTiers) {
  EXPECT_EQ(account_of(R"({"id":"a","name":"A","tier":"1:1"})").tier, Tier::kOneToOne);
  EXPECT_EQ(account_of(R"({"id":"a","name":"A","tier":"1:few"})").tier, Tier::kOneToFew);
  EXPECT_EQ(account_of(R"({"id":"a","name":"A","tier":"1:many"})").tier, Tier::kOneToMany);
}

TEST(FeedParser, KeepsRepeatedListEntriesOnce) {
  const Account account =
      account_of(R"({"id":"a","name":"A","domains":["B.com","a.com","b.com"],"segments":["x","y","x"]})");
  EXPECT_THAT(account.domains, ElementsAre("b.com", "a.com"));
  EXPECT_THAT(account.segments, ElementsAre("x", "y"));
}

TEST(FeedParser, SortsAttributesByName) {
  const Account account =
      account_of(R"({"id":"a","name":"A","attributes":{"z":"1","B":"2","a":"3","\u00e4":""}})");
  EXPECT_THAT(account.attributes, ElementsAre(Pair("B", "2"), Pair("a", "3"), Pair("z", "1"), Pair("ä", "")));
}

TEST(FeedParser, ResolvesEscapes) {
  EXPECT_EQ(account_of(R"({"id":"\u0061","name":"\u00c9lan \ud83d\ude00 \"\\\/"})").name(), "Élan 😀 \"\\/");
}

TEST(FeedParser, CountsUnknownKeysAndLeavesThemOut) {
  const auto parsed = parse(
      R"({"abm":"accounts/1","tenant":"t","version":0,"generated_at":"2026-11-22T03:33:20Z","extra":[]})"
      "\n"
      R"({"id":"a","name":"A","x":{"y":[1,2.5,true,null]},"z":18446744073709551615})"
      "\n");
  ASSERT_TRUE(parsed.summary) << parsed.diagnostics.format();
  EXPECT_EQ(parsed.summary->unknown_keys, 3u);
  EXPECT_EQ(parsed.summary->accounts, 1u);
}

TEST(FeedParser, ReadsTheHeader) {
  const std::string_view line =
      R"({"expires_at":"2026-11-29T04:33:20+01:00","generated_at":"2026-11-22T03:33:20Z","version":1763780000,)"
      R"("tenant":"acme-web","abm":"accounts/1"})";
  Diagnostics diagnostics;
  // The second line does not matter for the header.
  const auto header = parse_feed_header(std::string(line) + "\n{{{", "feed.ndjson", {}, diagnostics);
  ASSERT_TRUE(header) << diagnostics.format();
  EXPECT_EQ(header->tenant, "acme-web");
  EXPECT_EQ(header->version, 1763780000u);
  EXPECT_EQ(header->generated_at, 1795318400);
  EXPECT_EQ(header->expires_at, 1795318400 + 7 * 86400);
}

TEST(FeedParser, ReadsTheSameFromEitherLineEnd) {
  const std::string lf = feed_of(std::string(samples::kDeere) + R"({"id":"b","name":"B"})");
  std::string crlf;
  for (const char c : lf) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  for (const std::string& feed : {lf, lf + "\n", lf + "\n\n \n", crlf, crlf + "\r\n\r\n"}) {
    const auto parsed = parse(feed);
    ASSERT_TRUE(parsed.summary) << parsed.diagnostics.format();
    EXPECT_EQ(parsed.summary->accounts, 2u);
    EXPECT_EQ(parsed.accounts[1].line, 3u);
  }
}

TEST(FeedParser, AcceptsAFeedWithoutAccounts) {
  const auto parsed = parse(samples::kHeader);
  ASSERT_TRUE(parsed.summary);
  EXPECT_EQ(parsed.summary->accounts, 0u);
}

TEST(FeedParser, StopsWhenTheSinkHasEnough) {
  Diagnostics diagnostics;
  size_t seen = 0;
  const auto summary =
      parse_feed(samples::generated_feed(10), "f", {}, diagnostics, [&](Account&&) { return ++seen < 3; });
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->accounts, 3u);
  EXPECT_EQ(seen, 3u);
}

TEST(FeedParser, SurvivesASinkThatTakesTheAccount) {
  Diagnostics diagnostics;
  std::vector<Account> taken;
  ASSERT_TRUE(parse_feed(samples::generated_feed(50), "f", {}, diagnostics, [&](Account&& account) {
    taken.push_back(std::move(account));
    return true;
  }));
  const auto copied = parse(samples::generated_feed(50));
  ASSERT_EQ(taken.size(), copied.accounts.size());
  for (size_t i = 0; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i].text, copied.accounts[i].text);
    EXPECT_EQ(taken[i].attributes, copied.accounts[i].attributes);
  }
}

/// Accounts are read into the same few objects again and again.
TEST(FeedParser, GivesNothingOfWhatASinkDidToAnotherAccount) {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += R"({"id":"a)" + std::to_string(i) + R"(","name":"A"})" + "\n";
  Diagnostics diagnostics;
  size_t seen = 0;
  ASSERT_TRUE(parse_feed(feed_of(lines), "f", {}, diagnostics, [&](Account&& account) {
    const Account fresh;
    EXPECT_EQ(account.tier, fresh.tier);
    EXPECT_EQ(account.inherited, fresh.inherited) << "line " << account.line;
    EXPECT_EQ(account.exclude, fresh.exclude);
    EXPECT_EQ(account.numbers, fresh.numbers);
    EXPECT_EQ(account.segments, fresh.segments);
    EXPECT_EQ(account.attributes, fresh.attributes);
    EXPECT_EQ(account.domains, fresh.domains);
    EXPECT_EQ(account.organizations, fresh.organizations);
    EXPECT_EQ(account.asns, fresh.asns);
    EXPECT_TRUE(account.networks.empty() && account.pages.empty());
    for (size_t i = 0; i < kTextFields; ++i) {
      if (i != static_cast<size_t>(TextField::kId) && i != static_cast<size_t>(TextField::kName)) {
        EXPECT_EQ(account.text[i], "");
      }
      account.text[i] = "other";
    }
    account.tier = Tier::kOneToOne;
    account.inherited = InheritedSet(7);
    account.exclude = true;
    account.numbers.fill(1);
    account.segments = account.domains = account.organizations = {"other"};
    account.attributes = {{"other", "other"}};
    account.asns = {1};
    account.networks.emplace_back();
    account.pages.emplace_back();
    return ++seen != 0 && !::testing::Test::HasFailure();
  })) << diagnostics.format();
  EXPECT_EQ(seen, 20'000u);
}

TEST(FeedParser, GivesTheSinkNothingAfterAnError) {
  size_t seen = 0;
  Diagnostics diagnostics;
  const std::string feed = feed_of("{\"id\":\"a\",\"name\":\"A\"}\n{}\n{\"id\":\"b\",\"name\":\"B\"}\n");
  EXPECT_FALSE(parse_feed(feed, "f", {}, diagnostics, [&](Account&&) { return ++seen != 0; }));
  EXPECT_EQ(seen, 1u);
}

TEST(FeedParser, ReadsTheSameWithAndWithoutBytesBehindTheFeed) {
  const std::string feed = samples::generated_feed(20);
  const auto whole = parse(feed + std::string(100, '\n'));
  // Exactly as large as the feed, so that a sanitizer sees a read past its end.
  const auto exact = std::make_unique<char[]>(feed.size());
  std::memcpy(exact.get(), feed.data(), feed.size());
  const auto bare = parse({exact.get(), feed.size()});
  ASSERT_TRUE(whole.summary && bare.summary);
  EXPECT_EQ(whole.accounts.back().text, bare.accounts.back().text);
}

/// Whatever the damage: an answer, and an error if and only if it is refused, at a place inside the text.
TEST(FeedParser, RefusesEveryTruncationInsideALineWithAPlace) {
  const std::string feed = feed_of(samples::kDeere);
  for (size_t length = 0; length < feed.size() - 1; ++length) {
    if (length == samples::kHeader.size() || length == samples::kHeader.size() - 1) continue;  // whole lines
    const auto parsed = parse(feed.substr(0, length));
    ASSERT_FALSE(parsed.summary) << length;
    ASSERT_EQ(parsed.diagnostics.errors(), 1u) << parsed.diagnostics.format();
    const Position at = parsed.diagnostics.all()[0].at;
    const bool first = length < samples::kHeader.size();
    EXPECT_EQ(at.line, first ? 1u : 2u);
    // A cut word or number is shown from its start, anything else where the text ends.
    const size_t end = length - (first ? 0 : samples::kHeader.size()) + 1;
    EXPECT_LE(at.column, end);
    EXPECT_GE(at.column + 6, end) << parsed.diagnostics.format();
  }
}

}  // namespace
}  // namespace abm::accounts
