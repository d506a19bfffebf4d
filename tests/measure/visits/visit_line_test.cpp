#include "measure/visits/visit_line.h"

#include <limits>

#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::Line;
using testing::Seen;

TEST(VisitLine, ReadsEveryMember) {
  Line source;
  source.ts = "2026-11-22T04:20:01.123Z";
  source.page = "personalized";
  source.skip = "null";
  source.rules = R"([{"id":"home","variant":"b","slots":{"cta":"applied","case":"skipped:no-value"}},)"
                 R"({"id":"nav","variant":null,"slots":{}}])";
  source.signals = R"([{"rule":"r","name":"pricing-visit","next":"Call \"now\""}])";
  source.bot = "true";
  VisitLineParser parser;
  const std::string text = source.text();
  const VisitLine* line = parser.parse(text);
  ASSERT_NE(line, nullptr) << parser.member();
  EXPECT_EQ(line->ts_ms, 1795321201123);
  EXPECT_EQ(line->host, "www.acme.example");
  EXPECT_EQ(line->owner, "jo@acme.example");
  EXPECT_EQ(line->stage, "");
  EXPECT_EQ(line->segments, std::vector<std::string_view>{"ag"});
  ASSERT_EQ(line->rules.size(), 2u);
  EXPECT_EQ(line->rules[0].variant, "b");
  EXPECT_EQ(line->rules[0].slots[1].outcome, "skipped:no-value");
  EXPECT_TRUE(line->rules[1].slots.empty());
  ASSERT_EQ(line->signals.size(), 1u);
  EXPECT_EQ(line->signals[0].next, "Call \"now\"");
  EXPECT_TRUE(line->personalized);
  EXPECT_TRUE(line->bot);
  EXPECT_EQ(line->generation, 43);
}

TEST(VisitLine, SaysWhatWasLoadedAndOfVersion1ThatItWasAPage) {
  VisitLineParser parser;
  Line source;
  for (const auto& [text, load] :
       {std::pair{"partial", PageLoad::kPartial}, std::pair{"", PageLoad::kPage},
        std::pair{"prefetch", PageLoad::kPrefetch}, std::pair{"page", PageLoad::kPage}}) {
    source.load = text;
    const VisitLine* line = parser.parse(source.text());
    ASSERT_NE(line, nullptr) << parser.member();
    EXPECT_EQ(line->load, load) << text;
  }
}

TEST(VisitLine, MayTellWhatVisitsMadeOfTheAccount) {
  VisitLineParser parser;
  const std::string plain = Line{}.text();
  const auto with = [&plain](const std::string& members) {
    std::string text = plain;
    return text.insert(text.rfind('}'), "," + members);
  };
  const std::string activity =
      R"("activity":{"engagement":72,"visits_30d":9,"people_30d":4,"quiet_days":0,"first_seen_days":120,)"
      R"("moved":"stage aware to engaged until 2026-12-06"})";
  ASSERT_NE(parser.parse(plain), nullptr) << parser.member();
  ASSERT_NE(parser.parse(with(activity)), nullptr) << parser.member();
  ASSERT_NE(parser.parse(with(R"("activity":null)")), nullptr) << parser.member();
  EXPECT_EQ(parser.parse(with(activity + "," + activity)), nullptr);
  EXPECT_EQ(parser.member(), "activity");
}

TEST(VisitLine, NamesTheFeedsVersionIfItsWriterDid) {
  VisitLineParser parser;
  Line source;
  for (const auto& [text, version] :
       {std::pair{"", int64_t{-1}}, std::pair{"1763780000", int64_t{1763780000}}, std::pair{"0", int64_t{0}},
        std::pair{"18446744073709551615", std::numeric_limits<int64_t>::max()}, std::pair{"", int64_t{-1}}}) {
    source.load = "page";
    source.feed_version = text;
    const VisitLine* line = parser.parse(source.text());
    ASSERT_NE(line, nullptr) << parser.member();
    EXPECT_EQ(line->feed_version, version) << text;
  }
  source.feed_version = "-1";
  EXPECT_EQ(parser.parse(source.text()), nullptr);
  EXPECT_EQ(parser.member(), "feed_version");
}

TEST(VisitLine, NamesRoleAndCampaignOfALinkAndOfNothingElse) {
  VisitLineParser parser;
  Line source;
  source.load = "page";
  source.source = "link";
  source.role = R"(plant \"manager\")";
  source.campaign = "q4";
  const VisitLine* line = parser.parse(source.text());
  ASSERT_NE(line, nullptr) << parser.member();
  EXPECT_EQ(line->source, "link");
  EXPECT_EQ(line->role, "plant \"manager\"");
  EXPECT_EQ(line->campaign, "q4");
  source.role = std::string(129, 'r');
  EXPECT_EQ(parser.parse(source.text()), nullptr);
  EXPECT_EQ(parser.member(), "role");
  source.role.clear();
  for (const char* other : {"remembered", "identity", "feed"}) {
    source.source = other;
    EXPECT_EQ(parser.parse(source.text()), nullptr) << other;
    EXPECT_EQ(parser.member(), "source");
  }
  source.campaign.clear();
  source.source = "remembered";
  line = parser.parse(source.text());
  ASSERT_NE(line, nullptr) << parser.member();
  EXPECT_EQ(line->role, "");
  EXPECT_EQ(line->campaign, "");
  source.source = "cookie";
  EXPECT_EQ(parser.parse(source.text()), nullptr);
}

TEST(VisitLine, KeepsNothingOfTheLineBefore) {
  VisitLineParser parser;
  Line full;
  full.rules = R"([{"id":"home","variant":null,"slots":{"cta":"missing"}}])";
  full.signals = R"([{"rule":"r","name":"n","next":""}])";
  ASSERT_NE(parser.parse(full.text()), nullptr);
  const VisitLine* line = parser.parse(Line{}.text());
  ASSERT_NE(line, nullptr);
  EXPECT_TRUE(line->rules.empty());
  EXPECT_TRUE(line->signals.empty());
}

TEST(VisitLine, RefusesWhatTheSchemaRefuses) {
  const std::string good = Line{}.text();
  const auto with = [&good](std::string_view old_text, std::string_view new_text) {
    std::string text = good;
    text.replace(text.find(old_text), old_text.size(), new_text);
    return text;
  };
  const struct {
    std::string text;
    Damage damage;
  } cases[] = {
      {"", Damage::kNoJson},
      {"null", Damage::kNoJson},
      {"[1]", Damage::kNoJson},
      {good.substr(0, good.size() - 1), Damage::kNoJson},
      {good + "x", Damage::kNoJson},
      {with("www.acme", "www\xff"), Damage::kNoJson},
      {with("www.acme", "www\\udc00"), Damage::kNoJson},
      {with("\"v\":1", "\"v\":0"), Damage::kVersion},
      {with("\"v\":1", "\"v\":3"), Damage::kVersion},
      {with("\"v\":1", "\"v\":2"), Damage::kMember},
      {with("\"bot\":false", "\"bot\":false,\"load\":\"frame\""), Damage::kMember},
      {with("\"bot\":false", "\"bot\":false,\"load\":null"), Damage::kMember},
      {with("\"v\":1,", ""), Damage::kMember},
      {with("\"v\":1,", "\"v\":1,\"v\":1,"), Damage::kMember},
      {with("2026-11-03T", "2026-13-03T"), Damage::kMember},
      {with("\"deere\"", "\"De ere\""), Damage::kMember},
      {with("one-to-one", "gold"), Damage::kMember},
      {with("\"treated\"", "\"other\""), Damage::kMember},
      {with("\"treated\"", "\"\""), Damage::kMember},
      {with("\"rewrite_us\":5", "\"rewrite_us\":-5"), Damage::kMember},
      {with("\"rewrite_us\":5", "\"rewrite_us\":1e300"), Damage::kMember},
      {with("\"bot\":false", "\"bot\":0"), Damage::kMember},
      {with("\"rules\":[]", "\"rules\":[{\"id\":\"a\",\"variant\":null,\"slots\":{\"s\":\"shown\"}}]"),
       Damage::kMember},
      {with("\"rules\":[]", "\"rules\":[{\"id\":\"a\",\"slots\":{}}]"), Damage::kMember},
      {with("\"signals\":[]", "\"signals\":[{\"rule\":\"a\",\"name\":\"b\"}]"), Damage::kMember},
      {with("\"arm\":\"treated\",\"generation\":43,\"page\":\"original\"",
            "\"arm\":\"control\",\"generation\":43,\"page\":\"personalized\""),
       Damage::kMember},
      {with("\"no-rule\"", "\"expired\""), Damage::kMember},
      {with("\"signals\":[]", "\"signals\":" + std::string(64, '[') + std::string(64, ']')), Damage::kNoJson},
      {std::string(kMaxLineBytes + 1, ' '), Damage::kTooLong},
  };
  VisitLineParser parser;
  for (const auto& [text, damage] : cases) {
    EXPECT_EQ(parser.parse(text), nullptr) << text.substr(0, 400);
    EXPECT_EQ(to_string(parser.damage()), to_string(damage)) << text.substr(0, 400);
  }
  EXPECT_NE(parser.parse(good), nullptr);
}

TEST(VisitLine, TakesAnyOrderAndMembersOfLaterMinorVersions) {
  std::string text = Line{}.text();
  text.replace(text.find("{\"v\":1,"), 7, "{\"new\":[{\"a\":1}],");
  text.insert(text.size() - 1, ",\"v\":1");
  VisitLineParser parser;
  EXPECT_NE(parser.parse(text), nullptr) << parser.member();
}

TEST(VisitLine, KnowsWhatIsAtRiskAndTheFrameworkThatPutsItThere) {
  Line source;
  source.rules = R"([{"id":"home","variant":null,"slots":{"cta":"applied:at-risk"}}])";
  VisitLineParser parser;
  for (const auto& [text, framework] :
       {std::pair{R"("next-app")", "next-app"}, std::pair{"null", ""}, std::pair{"", ""}}) {
    source.framework = text;
    const std::string line_text = source.text();
    const VisitLine* line = parser.parse(line_text);
    ASSERT_NE(line, nullptr) << parser.member();
    EXPECT_EQ(line->framework, framework);
    EXPECT_EQ(line->rules[0].slots[0].outcome, "applied:at-risk");
  }
  for (const char* bad : {"1", R"("a b")", R"("React")", R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"}) {
    source.framework = bad;
    EXPECT_EQ(parser.parse(source.text()), nullptr) << bad;
    EXPECT_EQ(parser.member(), "framework");
  }
}

TEST(SeenLine, IsReadBesideVisits) {
  Seen source;
  source.slots = R"(["hero-cta","case.study_2"])";
  VisitLineParser parser;
  const std::string text = source.text();
  EXPECT_EQ(parser.parse(text), nullptr) << "it is no visit";
  const SeenLine* seen = parser.seen();
  ASSERT_NE(seen, nullptr) << parser.member();
  EXPECT_EQ(parser.damage(), Damage::kNone);
  EXPECT_EQ(seen->ts_ms, *parse_visit_time(source.ts));
  EXPECT_EQ(seen->request_id, source.request_id);
  EXPECT_EQ(seen->account, "deere");
  EXPECT_EQ(seen->slots, (std::vector<std::string_view>{"hero-cta", "case.study_2"}));
  EXPECT_FALSE(seen->bot);
  ASSERT_NE(parser.parse(Line{}.text()), nullptr);
  EXPECT_EQ(parser.seen(), nullptr) << "of the line before";
}

TEST(SeenLine, IsRefusedWhereTheSchemaRefusesIt) {
  const std::string good = Seen{}.text();
  const auto with = [&good](std::string_view old_text, std::string_view new_text) {
    std::string text = good;
    text.replace(text.find(old_text), old_text.size(), new_text);
    return text;
  };
  const struct {
    std::string text;
    Damage damage;
  } cases[] = {
      {with("\"v\":2", "\"v\":1"), Damage::kVersion},
      {with("\"v\":2", "\"v\":3"), Damage::kVersion},
      {with("\"v\":2,", ""), Damage::kMember},
      {with("\"kind\":\"seen\"", "\"kind\":\"heard\""), Damage::kVersion},
      {with("\"kind\":\"seen\"", "\"kind\":null"), Damage::kVersion},
      {with("\"kind\":\"seen\"", "\"kind\":\"seen\",\"kind\":\"seen\""), Damage::kMember},
      {with("2026-11", "2026-13"), Damage::kMember},
      {with("deere", "De ere"), Damage::kMember},
      {with("one-to-one", "gold"), Damage::kMember},
      {with("\"treated\"", "\"other\""), Damage::kMember},
      {with(":43", ":0"), Damage::kMember},
      {with("[\"cta\"]", "[]"), Damage::kMember},
      {with("[\"cta\"]", "\"cta\""), Damage::kMember},
      {with("[\"cta\"]", "[\"a b\"]"), Damage::kMember},
      {with("[\"cta\"]", "[1]"), Damage::kMember},
      {with(",\"bot\":false", ""), Damage::kMember},
      {good.substr(0, good.size() - 1), Damage::kNoJson},
  };
  VisitLineParser parser;
  for (const auto& [text, damage] : cases) {
    EXPECT_EQ(parser.parse(text), nullptr) << text;
    EXPECT_EQ(parser.seen(), nullptr) << text;
    EXPECT_EQ(to_string(parser.damage()), to_string(damage)) << text;
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string text = good;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(parser.parse(text), nullptr) << text;
    EXPECT_TRUE(parser.seen() == nullptr || !parser.seen()->slots.empty());
  }
}

TEST(VisitLine, EveryTruncationAndEveryFlippedBitIsReadOrRefused) {
  Line source;
  source.rules = R"([{"id":"home","variant":"b","slots":{"cta":"skipped:control"}}])";
  const std::string good = source.text();
  VisitLineParser parser;
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(parser.parse(good.substr(0, size)), nullptr) << size;
  size_t refused = 0;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string text = good;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    refused += parser.parse(text) == nullptr ? 1 : 0;
  }
  EXPECT_GT(refused, good.size() * 3);
}

TEST(VisitTime, KnowsFractionsAndOffsets) {
  EXPECT_EQ(parse_visit_time("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(parse_visit_time("1970-01-01T00:00:01.123456Z"), 1123);
  EXPECT_EQ(parse_visit_time("1970-01-01T01:00:01+01:00"), 1000);
  EXPECT_EQ(parse_visit_time("1969-12-31T23:59:59Z"), std::nullopt);
  EXPECT_EQ(parse_visit_time(""), std::nullopt);
}

}  // namespace
}  // namespace abm::measure
