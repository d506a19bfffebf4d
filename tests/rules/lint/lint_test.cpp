#include "rules/lint/lint.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/snapshot_writer.h"
#include "base/file.h"
#include "rules/lint_codes.h"
#include "rules/read/vocabulary.h"
#include "tests/places.h"
#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kNow = 1795318400;  // 2026-11-22T03:33:20Z

/// Findings for one file with "abm: rules/1" before `body`, as text.
std::string lint(const std::string& body, std::map<std::string, std::string> fragments = {},
                 LoadOptions options = {}) {
  fragments["a.yaml"] = "abm: rules/1\n" + body;
  options.now = kNow;
  const Loaded loaded = load_files(std::move(fragments), options);
  EXPECT_TRUE(loaded.ruleset) << loaded.text();
  return loaded.text();
}

std::string rule(const std::string& rest) {
  return "rules:\n  - { id: one, " + rest + " }\n";
}

TEST(Lint, EveryCodeIsExplainedOnceAndKnownToTheSchema) {
  const auto schema = read_file(places::source_folder() + "/rules/abm-rules.schema.json", 1u << 20);
  ASSERT_TRUE(schema);
  std::string_view before;
  for (const LintCode& code : lint_codes()) {
    EXPECT_LT(before, code.code);
    before = code.code;
    EXPECT_FALSE(code.title.empty());
    EXPECT_GT(code.explanation.size(), 100u) << code.code;
    EXPECT_EQ(find_lint_code(code.code), &code);
    EXPECT_NE(schema->find('"' + std::string(code.code) + '"'), std::string::npos) << code.code;
  }
  EXPECT_EQ(find_lint_code("abm003")->code, "ABM003");
  EXPECT_EQ(find_lint_code("ABM999"), nullptr);
}

TEST(Lint, SaysNothingOfARuleThatIsFine) {
  EXPECT_EQ(lint(rule("when: { industry: energy }, rewrite: { s: { text: Hello } }")), "");
}

TEST(Lint, Abm001NamesTheDeclaredSlotThatWasMeant) {
  const std::string text = lint("slots: { hero-cta: h1 }\n" +
                                rule("rewrite: { hero-ctas: { text: Hi }, hero-cta: { text: Hi } }"));
  EXPECT_THAT(text, HasSubstr("did you mean 'hero-cta'? [ABM001]"));
  EXPECT_EQ(
      lint("slots: { hero-cta: h1 }\n" + rule("rewrite: { footer: { text: Hi }, hero-cta: { text: Hi } }")),
      "");
}

TEST(Lint, Abm002FindsSlotsThatNoRuleUses) {
  EXPECT_THAT(lint("slots: { hero: h1 }\n"),
              HasSubstr("a.yaml:2:10: warning: no rule uses slot 'hero' [ABM002]"));
  EXPECT_EQ(lint("silence: ABM002\nslots: { hero: h1 }\n"), "");
}

TEST(Lint, Abm003CallsOutTheNameOnItsOwn) {
  for (const char* theater : {"text: 'Welcome {{ account.name }}!'", "html: '<b>Hi {{ account.name }}</b>'",
                              "prepend: '<i>{{ account.name }}</i>'"}) {
    EXPECT_THAT(lint(rule(std::string("rewrite: { s: { ") + theater + " } }")), HasSubstr("[ABM003]"))
        << theater;
    EXPECT_EQ(lint(rule(std::string("silence: ABM003, rewrite: { s: { ") + theater + " } }")), "") << theater;
  }
  for (const char* useful :
       {"text: '{{ account.name }} runs {{ account.attributes.erp }}'", "text: Cut changeovers",
        "text: 'Hi {{ account.name }}', attributes: { href: /for/you }"}) {
    EXPECT_THAT(lint(rule(std::string("rewrite: { s: { ") + useful + " } }")), Not(HasSubstr("ABM003")))
        << useful;
  }
}

TEST(Lint, Abm005KnowsWhenAScheduleEnded) {
  EXPECT_THAT(lint(rule("schedule: { until: 2026-11-22T03:33:20Z }, rewrite: { s: { text: Hi } }")),
              HasSubstr("rule 'one' ended 2026-11-22T03:33:20Z [ABM005]"));
  EXPECT_EQ(lint(rule("schedule: { until: 2026-11-22T03:33:21Z }, rewrite: { s: { text: Hi } }")), "");
}

TEST(Lint, Abm006And012PointIntoTheFragment) {
  const std::string text = lint(rule("rewrite: { s: { html_file: f.html } }"),
                                {{"f.html", "<p>Hi</p>\n<script>go()</script>\n<div><p>open</p>\n"}});
  EXPECT_THAT(text, HasSubstr("f.html:2:1: warning: "));
  EXPECT_THAT(text, HasSubstr("[ABM006]"));
  EXPECT_THAT(text, HasSubstr("f.html:3:1: warning: "));
  EXPECT_THAT(text, HasSubstr("[ABM012]"));
  EXPECT_EQ(lint(rule("silence: [ABM006, ABM012], rewrite: { s: { html_file: f.html } }"),
                 {{"f.html", "<p>Hi</p>\n<script>go()</script>\n<div><p>open</p>\n"}}),
            "");
}

TEST(Lint, Abm012PointsIntoTheRulesFile) {
  EXPECT_THAT(lint(rule("rewrite: { s: { html: '<p>Hi</p></div>' } }")), HasSubstr("a.yaml:3:48: warning: "));
}

TEST(Lint, Abm017KnowsWhereTheSlotPutsMarkup) {
  const std::string slots =
      "slots: { s: 'p.note > a.cta', row: 'table.prices tr', head: 'h1, h2 + p.lead' }\n";
  const auto warned = [&](const std::string& edit) {
    return lint(slots + "silence: ABM002\n" + rule("rewrite: { " + edit + " }"));
  };
  EXPECT_THAT(warned("s: { html: 'See <a href=/x>more</a>' }"),
              HasSubstr("warning: <a> ends the <a> around it [ABM017]"));
  EXPECT_THAT(warned("s: { before: '<div>x</div>' }"), HasSubstr("<div> ends the <p> around it [ABM017]"));
  EXPECT_THAT(warned("row: { text: Hi }"),
              HasSubstr("text goes in front of the table: <tr> holds only <td> and <th> [ABM017]"));
  EXPECT_THAT(lint(slots + "silence: ABM002\n" + rule("rewrite: { head: { html_file: f.html } }"),
                   {{"f.html", "<b>x</b>\n<h2>y</h2>\n"}}),
              HasSubstr("warning: f.html:2:1: <h2> ends the <h1> around it [ABM017]"));
  for (const char* fine :
       {"s: { html: '<b>more</b>' }", "s: { text: more }", "s: { after: '<a href=/x>x</a>' }",
        "row: { html: '<td>x</td>' }", "head: { html: '<span>x</span>' }"}) {
    EXPECT_EQ(warned(fine), "") << fine;
  }
  EXPECT_EQ(lint(slots + "silence: ABM002\n" +
                 rule("silence: ABM017, rewrite: { s: { html: '<a href=/x>x</a>' } }")),
            "");
}

TEST(Lint, Abm007KnowsTheHostsThatRulesName) {
  const std::string away =
      "rewrite: { s: { html: '<a href=\"https://other.example/x\">x</a>' }, "
      "t: { attributes: { href: 'https://other.example/' } } }";
  const std::string text = lint(rule(away));
  EXPECT_THAT(text, HasSubstr("'href' leaves the site for 'other.example' [ABM007]"));
  EXPECT_EQ(lint(rule("when: { host: other.example }, " + away)), "");
  EXPECT_EQ(
      lint(rule("rewrite: { s: { html: '<a href=\"/x\">x</a><img src=\"https://cdn.example/a.png\">' }, "
                "t: { attributes: { href: '/y?u=https://z.example/' } } }")),
      "");
}

TEST(Lint, Abm008AsksForTheAccountOfAOneToOneRule) {
  EXPECT_THAT(lint(rule("when: { tier: 1:1 }, rewrite: { s: { text: Hi } }")), HasSubstr("[ABM008]"));
  EXPECT_EQ(lint(rule("when: { tier: 1:1, account: deere }, rewrite: { s: { text: Hi } }")), "");
  EXPECT_EQ(lint(rule("when: { not: { tier: 1:1 } }, rewrite: { s: { text: Hi } }")), "");
}

std::string tie(const std::string& one, const std::string& two) {
  return lint("rules:\n  - { id: one, " + one + ", rewrite: { s: { text: A } } }\n  - { id: two, " + two +
              ", rewrite: { s: { text: B } } }\n");
}

TEST(Lint, Abm009FindsRulesThatFileOrderDecides) {
  const std::pair<const char*, const char*> ties[] = {
      {"when: { industry: energy }", "when: { segment: big }"},
      {"when: { path: /a/** }", "when: { path: /a/b }"},
      {"when: { account: [deere, ford] }", "when: { account: [ford, agco] }"},
      {"when: { intent: { min: 50 } }", "when: { intent: { max: 50 } }"},
      {"when: { stage: a }", "when: { not: { stage: b } }"},
      {"when: { any: [ { stage: a } ] }", "when: { stage: b }"},
      {"when: { segment: a }", "when: { segment: b }"},
      {"when: { confidence: high }", "when: { confidence: low }"},
  };
  for (const auto& [one, two] : ties) {
    EXPECT_THAT(tie(one, two), HasSubstr("rule 'two' ties with 'one' (a.yaml:3) for slot 's'"))
        << one << " " << two;
  }
  const std::pair<const char*, const char*> decided[] = {
      {"when: { industry: energy }", "when: { tier: 1:few }"},
      {"priority: 1", "priority: 2"},
      {"when: { industry: energy }", "when: { industry: pharma }"},
      {"when: { path: /a/** }", "when: { path: [/b/*, /] }"},
      {"when: { account: deere }", "when: { account: [ford, agco] }"},
      {"when: { intent: { min: 51 } }", "when: { intent: { max: 50 } }"},
      {"when: { intent: 51 }", "when: { intent: [50, 52] }"},
      {"when: { stage: a }", "when: { not: { stage: [a, b] } }"},
      {"when: { segment: a }", "when: { segment: b, not: { segment: a } }"},
      {"schedule: { from: 2027-01-01T00:00:00Z }", "schedule: { until: 2027-01-01T00:00:00Z }"},
      {"when: { query.v: a }", "when: { query.v: b }"},
      {"when: { host: a.example }", "when: { host: b.example }"},
  };
  for (const auto& [one, two] : decided)
    EXPECT_THAT(tie(one, two), Not(HasSubstr("ABM009"))) << one << " " << two;
  EXPECT_EQ(tie("silence: ABM009", "priority: 0"), "");
  EXPECT_EQ(tie("priority: 0", "silence: ABM009"), "");
}

TEST(Lint, Abm014FindsSegmentsThatNoRuleTests) {
  EXPECT_THAT(lint("segments: { big: { employees: { min: 9 } } }\n"),
              HasSubstr("no rule tests segment 'big' [ABM014]"));
}

accounts::Account account(const std::string& id, const std::string& industry, accounts::Tier tier) {
  accounts::Account made;
  made.text[static_cast<size_t>(accounts::TextField::kId)] = id;
  made.text[static_cast<size_t>(accounts::TextField::kName)] = id;
  made.text[static_cast<size_t>(accounts::TextField::kIndustry)] = industry;
  made.tier = tier;
  made.segments = {"vip"};
  made.attributes = {{"erp", "SAP"}};
  return made;
}

/// A feed of three accounts, and what it knows.
class WithFeed : public testing::Test {
 protected:
  WithFeed() {
    accounts::SnapshotWriter writer;
    writer.add(account("deere", "manufacturing", accounts::Tier::kOneToOne));
    writer.add(account("ford", "automotive", accounts::Tier::kOneToFew));
    accounts::Account rival = account("rival", "software", accounts::Tier::kOneToMany);
    rival.exclude = true;
    writer.add(rival);
    bytes_ = *writer.finish({"acme", 1, 0, {}});
    snapshot_.emplace(*accounts::Snapshot::open(bytes_));
    vocabulary_ = collect_vocabulary(*snapshot_);
  }
  std::string lint_with_feed(const std::string& body) {
    LoadOptions options;
    options.vocabulary = &vocabulary_;
    options.accounts = &*snapshot_;
    return lint(body, {}, options);
  }
  std::string bytes_;
  std::optional<accounts::Snapshot> snapshot_;
  Vocabulary vocabulary_;
};

TEST_F(WithFeed, Abm004FindsRulesThatNoAccountCanMatch) {
  const char* never[] = {"tier: 1:many",
                         "industry: automotive, tier: 1:1",
                         "employees: { min: 1 }",
                         "not: { segment: vip }",
                         "account: rival",
                         "all: [ { account: deere }, { account: ford } ]",
                         "any: [ { industry: software }, { tier: untiered } ]"};
  for (const char* when : never) {
    EXPECT_THAT(lint_with_feed(rule(std::string("when: { ") + when + " }, rewrite: { s: { text: Hi } }")),
                HasSubstr("no account of the feed can match rule 'one' [ABM004]"))
        << when;
  }
  const char* some[] = {"industry: AUTOMOTIVE, tier: 1:few",
                        "path: /x, account: deere",
                        "not: { path: /x }, segment: vip",
                        "attributes.erp: sap",
                        "confidence: high",
                        "not: { industry: software }"};
  for (const char* when : some) {
    EXPECT_THAT(lint_with_feed(rule(std::string("when: { ") + when + " }, rewrite: { s: { text: Hi } }")),
                Not(HasSubstr("ABM004")))
        << when;
  }
}

TEST_F(WithFeed, Abm004LooksIntoDefinedSegments) {
  const std::string makers = "segments: { makers: { industry: [manufacturing, automotive] } }\n";
  EXPECT_EQ(lint_with_feed(makers + rule("when: { segment: makers }, rewrite: { s: { text: Hi } }")), "");
  EXPECT_THAT(lint_with_feed(makers +
                             rule("when: { segment: makers, account: rival }, rewrite: { s: { text: Hi } }")),
              HasSubstr("ABM004"));
}

TEST_F(WithFeed, Abm009IsToldOnlyWhereAnAccountCanMatchBothRules) {
  const auto tie_of = [this](const std::string& one, const std::string& two) {
    return lint_with_feed(
        "silence: [ABM004, ABM008, ABM011]\nsegments: { makers: { industry: [manufacturing, automotive] } }\n"
        "rules:\n  - { id: both, when: { segment: makers } , signal: { name: a, next: b } }\n"
        "  - { id: one, when: { " +
        one + " }, rewrite: { s: { text: A } } }\n  - { id: two, when: { " + two +
        " }, rewrite: { s: { text: B } } }\n");
  };
  const std::pair<const char*, const char*> ties[] = {
      {"segment: vip", "industry: automotive"},
      {"segment: makers", "segment: vip, path: /a/**"},
      {"segment: vip, path: /a", "segment: vip, path: /*"},
      {"any: [ { stage: x }, { tier: 1:1 } ]", "attributes.erp: sap, tier: 1:1"},
      {"not: { path: /x }", "not: { industry: software }"},
      {"account: [deere, rival]", "account: [ford, deere]"},
  };
  for (const auto& [one, two] : ties)
    EXPECT_THAT(tie_of(one, two), HasSubstr("rule 'two' ties with 'one'")) << one << two;
  const std::pair<const char*, const char*> apart[] = {
      {"segment: vip, tier: 1:1", "industry: automotive"},
      {"segment: makers, tier: 1:1", "segment: vip, tier: 1:few"},
      {"segment: vip", "industry: software"},
      {"any: [ { stage: x }, { tier: 1:1 } ]", "any: [ { tier: 1:few }, { stage: y } ]"},
      {"attributes.erp: sap", "attributes.crm: none"},
      {"account: [deere, rival]", "account: [ford, rival]"},
      {"employees: { min: 5 }", "intent: { min: 5 }"},
  };
  for (const auto& [one, two] : apart) EXPECT_EQ(tie_of(one, two), "") << one << " " << two;
}

TEST_F(WithFeed, Abm009NamesTheFirstRuleThatAnAccountCanMatchToo) {
  const std::string text = lint_with_feed(
      "silence: ABM004\nrules:\n  - { id: one, when: { segment: vip, tier: 1:1 }, rewrite: { s: { text: A } } }\n"
      "  - { id: two, when: { segment: vip, tier: 1:few }, rewrite: { s: { text: B } } }\n"
      "  - { id: three, when: { industry: automotive }, rewrite: { s: { text: C } } }\n");
  EXPECT_THAT(text, HasSubstr("rule 'three' ties with 'two'"));
  EXPECT_THAT(text, Not(HasSubstr("ties with 'one'")));
}

TEST_F(WithFeed, Abm010And011NameTheNearestValueOfTheFeed) {
  const std::string text =
      lint_with_feed(rule("when: { any: [ { account: dere }, { industry: manufactering }, { segment: vipp }, "
                          "{ attributes.ERP: x } ] }, "
                          "rewrite: { s: { text: 'On {{ account.attributes.epr }}' } }"));
  EXPECT_THAT(text, HasSubstr("the feed has no account 'dere', did you mean 'deere'? [ABM010]"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "no account of the feed has industry 'manufactering', did you mean 'manufacturing'? [ABM011]"));
  EXPECT_THAT(
      text,
      HasSubstr("segment 'vipp' is neither defined here nor in the feed, did you mean 'vip'? [ABM011]"));
  EXPECT_THAT(text, HasSubstr("no account of the feed has an attribute 'epr', did you mean 'erp'? [ABM011]"));
  EXPECT_THAT(text, Not(HasSubstr("'ERP'")));
}

TEST_F(WithFeed, Abm015FindsSegmentsThatTheFeedHasToo) {
  EXPECT_THAT(lint_with_feed("segments: { vip: { industry: automotive } }\n" +
                             rule("when: { segment: vip }, rewrite: { s: { text: Hi } }")),
              HasSubstr("[ABM015]"));
}

TEST(Vocabulary, HoldsEachValueOnceInLowerCase) {
  accounts::SnapshotWriter writer;
  writer.add(account("a", "Energy", accounts::Tier::kOneToOne));
  writer.add(account("b", "energy", accounts::Tier::kOneToOne));
  const std::string bytes = *writer.finish({"acme", 1, 0, {}});
  const auto snapshot = accounts::Snapshot::open(bytes);
  const Vocabulary vocabulary = collect_vocabulary(*snapshot);
  EXPECT_THAT(vocabulary.accounts, testing::ElementsAre("a", "b"));
  EXPECT_THAT(vocabulary.industries, testing::ElementsAre("energy"));
  EXPECT_THAT(vocabulary.attribute_names, testing::ElementsAre("erp"));
  EXPECT_TRUE(vocabulary.stages.empty());
}

}  // namespace
}  // namespace abm::rules
