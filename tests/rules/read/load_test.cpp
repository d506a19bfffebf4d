#include "rules/load.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The example from the language's description, with the fragments it names.
const std::string kExample = R"(# yaml-language-server: $schema=abm-rules.schema.json
abm: rules/1
timezone: America/Chicago                # for times without an offset
slots:                                   # name → CSS selector, for all files of the site; a name not listed
                                         # here means [data-abm-slot="NAME"]
  hero-cta:    'a[data-abm-slot="hero-cta"]'
  case-study:  '#case-study'
  price-note:  'section.pricing > p.note'
segments:                                # named conditions on the account alone
  industrial-enterprise: { industry: [manufacturing, automotive], employees: { min: 1000 } }
control: { percent: 10, salt: 2026-q4 }  # identified and logged, never personalized
rules:
  - id: deere-home                       # one-to-one
    when: { account: deere, path: [/, /solutions/**] }
    rewrite:
      hero-cta:   { text: "See the plan we drew up for Deere", attributes: { href: /for/deere } }
      case-study: { html_file: fragments/deere.html }
  - id: manufacturing-story              # one-to-few
    when: { tier: one-to-few, segment: industrial-enterprise, path: /**, not: { stage: customer } }
    schedule: { from: 2026-11-01T00:00:00+01:00, until: 2027-01-31T00:00:00+01:00 }
    holdout: 10
    variants:
      - { id: uptime, weight: 50, rewrite: { hero-cta: { text: "Cut line changeovers by half" } } }
      - { id: cost,   weight: 50, rewrite: { hero-cta: { text: "What an hour of downtime costs {{ account.industry | default: \"you\" }}" } } }
  - id: in-market                        # one-to-many
    when: { tier: [one-to-many, untiered], intent: { min: 70 }, path: /pricing }
    priority: -10
    rewrite:
      price-note: { text: "Compare us with {{ account.attributes.competitor }}" }
      case-study: { html_file: "industry/{{ account.industry }}.html" }   # no such file: the slot stays original
)";

const std::map<std::string, std::string> kExampleFiles = {{"rules/site.yaml", kExample},
                                                          {"rules/fragments/deere.html", "<p>For you</p>"},
                                                          {"rules/industry/energy.html", "<p>Energy</p>"},
                                                          {"rules/industry/a/b.html", "<p>Too deep</p>"}};

TEST(LoadRules, ReadsTheWholeExample) {
  const Loaded loaded = load_files(kExampleFiles);
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  EXPECT_EQ(loaded.text(), "");
  const Ruleset& site = *loaded.ruleset;
  EXPECT_THAT(site.files, ElementsAre("rules/site.yaml"));
  EXPECT_EQ(site.control.percent, 1000u);
  EXPECT_EQ(site.control.salt, "2026-q4");
  ASSERT_EQ(site.rules.size(), 3u);

  const Rule& deere = site.rules[0];
  EXPECT_EQ(deere.needs, Confidence::kHigh);
  EXPECT_EQ(specificity(deere.when), Specificity::kAccount);
  ASSERT_EQ(deere.rewrite.size(), 2u);
  EXPECT_EQ(site.slots[deere.rewrite[0].slot].name, "hero-cta");
  EXPECT_EQ(deere.rewrite[0].attributes[0].name, "href");
  ASSERT_EQ(deere.rewrite[1].fragments.size(), 1u);
  EXPECT_EQ(deere.rewrite[1].fragments[0].path, "fragments/deere.html");

  const Rule& story = site.rules[1];
  EXPECT_EQ(story.needs, Confidence::kMedium);
  EXPECT_EQ(story.holdout, 1000u);
  EXPECT_EQ(story.from, 1793487600);
  EXPECT_EQ(story.until, 1801350000);
  ASSERT_EQ(story.variants.size(), 2u);
  EXPECT_EQ(story.variants[1].id, "cost");
  EXPECT_EQ(story.when.children[3].kind, Condition::Kind::kNot);

  const Rule& market = site.rules[2];
  EXPECT_EQ(market.needs, Confidence::kLow);
  EXPECT_EQ(market.priority, -10);
  EXPECT_EQ(market.when.children[1].test.min, 70);
  ASSERT_EQ(market.rewrite[0].fragments.size(), 1u);
  EXPECT_EQ(market.rewrite[0].fragments[0].path, "industry/energy.html");
}

TEST(LoadRules, AcceptsNothingInconsistentWhenAFileIsCutOffAnywhere) {
  size_t accepted = 0;
  for (size_t size = 0; size < kExample.size(); ++size) {
    auto files = kExampleFiles;
    files["rules/site.yaml"] = kExample.substr(0, size);
    const Loaded loaded = load_files(files);
    ASSERT_EQ(loaded.ruleset.has_value(), loaded.diagnostics.ok()) << size;
    if (!loaded.ruleset) continue;
    ++accepted;
    const Ruleset& site = *loaded.ruleset;
    for (const Rule& rule : site.rules) {
      EXPECT_FALSE(rule.id.empty()) << size;
      EXPECT_TRUE(!rule.rewrite.empty() || !rule.variants.empty() || rule.signal) << size;
      for (const SlotRewrite& rewrite : rule.rewrite) EXPECT_LT(rewrite.slot, site.slots.size()) << size;
      for (const Variant& variant : rule.variants) EXPECT_FALSE(variant.rewrite.empty()) << size;
    }
  }
  EXPECT_GT(accepted, 0u);
}

TEST(LoadRules, SharesSlotsSegmentsAndSettingsBetweenFiles) {
  const Loaded loaded = load_files(
      {{"b.yaml",
        "abm: rules/1\nslots: { hero: h1 }\nsegments: { big: { employees: { min: 9 } } }\ntimezone: "
        "Europe/Berlin\n"},
       {"a.yaml",
        "abm: rules/1\nrules:\n  - { id: one, when: { segment: big }, schedule: { from: 2026-07-01 }, "
        "rewrite: { hero: { text: Hi } } }\n"}});
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  EXPECT_EQ(loaded.text(), "");
  EXPECT_THAT(loaded.ruleset->files, ElementsAre("a.yaml", "b.yaml"));
  EXPECT_EQ(loaded.ruleset->rules[0].from, 1782856800);
  EXPECT_FALSE(loaded.ruleset->slots[0].implicit);
}

TEST(LoadRules, NamesBothPlacesOfAConflictBetweenFiles) {
  const Loaded loaded = load_files(
      {{"a.yaml",
        "abm: rules/1\ntimezone: UTC\nslots: { hero: h1 }\nsegments: { big: { employees: { min: 9 } } }\n"
        "control: { percent: 5 }\nconfidence: { default: low }\nrules:\n  - { id: one, rewrite: { hero: { "
        "text: A } } }\n"},
       {"b.yaml",
        "abm: rules/1\ntimezone: Europe/Berlin\nslots: { hero: h2 }\nsegments: { big: { employees: { min: 8 "
        "} } }\n"
        "control: { percent: 6 }\nconfidence: { default: high }\nrules:\n  - { id: one, rewrite: { hero: { "
        "text: A } } }\n"}});
  EXPECT_FALSE(loaded.ruleset);
  EXPECT_EQ(loaded.diagnostics.errors(), 6u) << loaded.text();
  for (const char* place :
       {"'timezone' differs from the one at a.yaml:2:1", "slot 'hero' is already declared at a.yaml:3:10",
        "segment 'big' is already defined at a.yaml:4:13", "'control' differs from the one at a.yaml:5:1",
        "'confidence' differs from the one at a.yaml:6:1", "rule id 'one' is already taken at a.yaml:8:11"}) {
    EXPECT_THAT(loaded.text(), HasSubstr(place));
  }
}

TEST(LoadRules, MakesAnUndeclaredSlotOfItsName) {
  const Loaded loaded = load_text("rules:\n  - { id: one, rewrite: { side-note: { text: Hi } } }\n");
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  EXPECT_TRUE(loaded.ruleset->slots[0].implicit);
  EXPECT_EQ(loaded.ruleset->slots[0].selector_text, "[data-abm-slot=\"side-note\"]");
  EXPECT_FALSE(loaded.ruleset->slots[0].selector.selectors.empty());
}

Condition condition_of(const std::string& when) {
  const Loaded loaded =
      load_text("rules:\n  - { id: one, when: " + when + ", rewrite: { s: { text: Hi } } }\n");
  EXPECT_TRUE(loaded.ruleset) << loaded.text();
  return loaded.ruleset ? loaded.ruleset->rules[0].when : Condition{};
}

TEST(LoadRules, FoldsTextButKeepsPathsAndNames) {
  EXPECT_THAT(condition_of("{ industry: [Energy, PHARMA] }").test.values, ElementsAre("energy", "pharma"));
  EXPECT_THAT(condition_of("{ account: Deere }").test.values, ElementsAre("deere"));
  EXPECT_THAT(condition_of("{ tier: [1:1, 1:few, ONE-TO-MANY] }").test.values,
              ElementsAre("one-to-one", "one-to-few", "one-to-many"));
  EXPECT_THAT(condition_of("{ path: /Docs/** }").test.values, ElementsAre("/Docs/**"));
  EXPECT_THAT(condition_of("{ host: WWW.Acme.example }").test.values, ElementsAre("www.acme.example"));
  EXPECT_THAT(condition_of("{ country: [NO, true, 42] }").test.values, ElementsAre("no", "true", "42"));
  const Condition attribute = condition_of("{ attributes.ERP System: SAP }");
  EXPECT_EQ(attribute.test.subject, Subject::kAttribute);
  EXPECT_EQ(attribute.test.name, "ERP System");
  EXPECT_EQ(condition_of("{ query.utm_source: News }").test.name, "utm_source");
  EXPECT_EQ(condition_of("{ confidence: medium }").test.confidence, Confidence::kMedium);
}

TEST(LoadRules, ReadsNumbersRangesAndLists) {
  EXPECT_THAT(condition_of("{ intent: 7 }").test.numbers, ElementsAre(7));
  EXPECT_THAT(condition_of("{ intent: [7, 9] }").test.numbers, ElementsAre(7, 9));
  const rules::Test range = condition_of("{ revenue_usd: { min: 1, max: 9223372036854775807 } }").test;
  EXPECT_EQ(range.min, 1);
  EXPECT_EQ(range.max, INT64_MAX);
}

TEST(LoadRules, NestsAnyAllAndNot) {
  const Condition when =
      condition_of("{ any: [ { tier: 1:1 }, { all: [ { stage: x }, { play: y } ] } ], not: { owner: z } }");
  ASSERT_EQ(when.kind, Condition::Kind::kAll);
  EXPECT_EQ(when.children[0].kind, Condition::Kind::kAny);
  EXPECT_EQ(when.children[0].children[1].kind, Condition::Kind::kAll);
  EXPECT_EQ(when.children[1].kind, Condition::Kind::kNot);
}

TEST(LoadRules, AnEmptyOrAbsentWhenHoldsAlways) {
  EXPECT_EQ(condition_of("{}").kind, Condition::Kind::kAll);
  EXPECT_TRUE(condition_of("{}").children.empty());
}

Confidence needed(const std::string& settings, const std::string& rule) {
  const Loaded loaded =
      load_files({{"a.yaml", "abm: rules/1\n" + settings + "rules:\n  - { id: one, " + rule + " }\n"},
                  {"name.html", "<p>{{ account.name }}</p>"},
                  {"plain.html", "<p>Hi</p>"}});
  EXPECT_TRUE(loaded.ruleset) << loaded.text();
  return loaded.ruleset ? loaded.ruleset->rules[0].needs : Confidence::kLow;
}

TEST(LoadRules, CapsDepthByConfidence) {
  const std::string plain = "rewrite: { s: { text: Hi } }";
  EXPECT_EQ(needed("", "when: { account: deere }, " + plain), Confidence::kHigh);
  EXPECT_EQ(needed("", "when: { not: { account: deere } }, " + plain), Confidence::kLow);
  EXPECT_EQ(needed("", "when: { tier: [one-to-one, one-to-few] }, " + plain), Confidence::kMedium);
  EXPECT_EQ(needed("", "when: { not: { tier: one-to-few } }, " + plain), Confidence::kLow);
  EXPECT_EQ(needed("", plain), Confidence::kLow);
  EXPECT_EQ(needed("", "rewrite: { s: { text: 'Hi {{ account.name }}' } }"), Confidence::kHigh);
  EXPECT_EQ(needed("", "rewrite: { s: { attributes: { title: 'Hi {{ account.name }}' } } }"),
            Confidence::kHigh);
  EXPECT_EQ(needed("", "rewrite: { s: { html_file: name.html } }"), Confidence::kHigh);
  EXPECT_EQ(needed("", "rewrite: { s: { html_file: plain.html } }"), Confidence::kLow);
  EXPECT_EQ(needed("", "variants: [ { id: a, rewrite: { s: { after: '<p>{{ account.name }}</p>' } } } ]"),
            Confidence::kHigh);
  EXPECT_EQ(needed("confidence: { one-to-one: medium }\n", "when: { account: deere }, " + plain),
            Confidence::kMedium);
  EXPECT_EQ(needed("confidence: { default: high }\n", plain), Confidence::kHigh);
}

TEST(LoadRules, TakesPercentagesWithTwoDecimals) {
  const auto control = [](const std::string& percent) {
    const Loaded loaded = load_text("control: { percent: " + percent + " }\n");
    return loaded.ruleset ? static_cast<int>(loaded.ruleset->control.percent) : -1;
  };
  EXPECT_EQ(control("0"), 0);
  EXPECT_EQ(control("12.5"), 1250);
  EXPECT_EQ(control("0.01"), 1);
  EXPECT_EQ(control("100.00"), 10000);
  EXPECT_EQ(control("100.01"), -1);
  EXPECT_EQ(control("1e1"), -1);
  EXPECT_EQ(control(".5"), -1);
}

TEST(LoadRules, ReadsEveryEditOfASlot) {
  const Loaded loaded = load_text(
      "rules:\n  - id: one\n    rewrite:\n      a: { before: <i>1</i>, prepend: <i>2</i>, append: <i>3</i>, "
      "after: <i>4</i>,\n"
      "           add_class: big red, remove_class: [old], attributes: { HREF: /x, title: ~ } }\n"
      "      b: { remove: true }\n      c: { hide: true }\n    signal: { name: seen, next: Call }\n");
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  const Rule& rule = loaded.ruleset->rules[0];
  EXPECT_TRUE(rule.rewrite[0].before && rule.rewrite[0].prepend && rule.rewrite[0].append &&
              rule.rewrite[0].after);
  EXPECT_THAT(rule.rewrite[0].add_classes, ElementsAre("big", "red"));
  EXPECT_EQ(rule.rewrite[0].attributes[0].name, "href");
  EXPECT_FALSE(rule.rewrite[0].attributes[1].value);
  EXPECT_TRUE(rule.rewrite[1].remove);
  EXPECT_TRUE(rule.rewrite[2].hide);
  EXPECT_EQ(rule.signal->next, "Call");
}

TEST(LoadRules, ReportsErrorsOfAllFilesAtOnceInOrder) {
  const Loaded loaded = load_files(
      {{"a.yaml", "abm: rules/1\nrules:\n  - { id: one, when: { teir: x }, rewrite: { s: { txt: y } } }\n"},
       {"b.yaml", "abm: rules/1\nrulez: 1\n"},
       {"c.yaml", "abm: [\n"}});
  EXPECT_FALSE(loaded.ruleset);
  ASSERT_EQ(loaded.diagnostics.errors(), 4u) << loaded.text();
  EXPECT_EQ(loaded.diagnostics.all()[0].message, "unknown field 'teir', did you mean 'tier'?");
  EXPECT_EQ(loaded.diagnostics.all()[0].at, (Position{3, 24}));
  EXPECT_EQ(loaded.diagnostics.all()[3].file, "c.yaml");
}

TEST(LoadRules, DoesNotBlameItselfForErrorsThatWereThereBefore) {
  Diagnostics diagnostics;
  diagnostics.error("feed", {1, 1}, "broken");
  const std::map<std::string, std::string> bytes = {{"a.yaml", "abm: rules/1\n"}};
  MemoryFiles files(bytes);
  EXPECT_TRUE(load_rules({"a.yaml"}, files, {}, diagnostics));
}

TEST(LoadRules, HoldsItsLimits) {
  LoadOptions options;
  options.max_rules = 1;
  const std::string rule = "  - { id: one, rewrite: { s: { text: Hi } } }\n";
  EXPECT_TRUE(load_text("rules:\n" + rule, options).ruleset);
  EXPECT_THAT(
      load_text("rules:\n" + rule + "  - { id: two, rewrite: { s: { text: Hi } } }\n", options).text(),
      HasSubstr("one rule more than the 1"));
  options.max_slots = 1;
  EXPECT_THAT(
      load_text("rules:\n  - { id: one, rewrite: { s: { text: Hi }, t: { text: Ho } } }\n", options).text(),
      HasSubstr("slot 't' is one more than the 1"));
}

TEST(LoadRules, SharesOneFragmentBetweenAllRulesThatUseIt) {
  const Loaded loaded =
      load_files({{"a.yaml",
                   "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: f.html } } }\n"
                   "  - { id: two, priority: 1, rewrite: { s: { html_file: f.html } } }\n"},
                  {"f.html", "<p>Hi</p>"}});
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  EXPECT_EQ(loaded.ruleset->rules[0].rewrite[0].fragments[0].content.get(),
            loaded.ruleset->rules[1].rewrite[0].fragments[0].content.get());
}

TEST(LoadRules, ReadsWhoDeliversASlot) {
  const Loaded loaded =
      load_files({{"rules/site.yaml",
                   "abm: rules/1\n"
                   "slots: { a: .a, b: { selector: .b, deliver: script }, "
                   "c: { deliver: html }, d: { selector: .d } }\n"
                   "rules: [ { id: r, when: { tier: untiered }, rewrite: { a: { text: x }, b: { text: x }, "
                   "c: { text: x }, d: { text: x } } } ]\n"}});
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  const std::vector<Slot>& slots = loaded.ruleset->slots;
  ASSERT_EQ(slots.size(), 4u);
  EXPECT_EQ(slots[0].deliver, Deliver::kAsConfigured);
  EXPECT_EQ(slots[1].deliver, Deliver::kScript);
  EXPECT_EQ(slots[1].selector_text, ".b");
  EXPECT_EQ(slots[2].deliver, Deliver::kHtml);
  EXPECT_EQ(slots[2].selector_text, "[data-abm-slot=\"c\"]");
  EXPECT_EQ(slots[3].deliver, Deliver::kAsConfigured);
}

TEST(LoadRules, ReadsWhatAnAccountDoesOnTheSite) {
  const Loaded loaded =
      load_files({{"a.yaml",
                   "abm: rules/1\n"
                   "segments: { active: { visited: { path: /demo/** }, people_30d: { min: 2 } } }\n"
                   "rules:\n"
                   "  - id: one\n"
                   "    when:\n"
                   "      visited: { path: [/pricing, /L\u00d6SUNGEN/*], days: 7 }\n"
                   "      quiet_days: { max: 3 }\n"
                   "      segment: active\n"
                   "    rewrite: { s: { text: \"{{ account.visits_30d }} {{ account.moved }}\" } }\n"}});
  ASSERT_TRUE(loaded.ruleset) << loaded.text();
  EXPECT_EQ(loaded.text(), "");
  const Condition& when = loaded.ruleset->rules[0].when;
  ASSERT_EQ(when.children.size(), 3u);
  const auto& visited = when.children[0].test;
  EXPECT_EQ(visited.subject, Subject::kVisited);
  EXPECT_THAT(visited.values, ElementsAre("/pricing", "/L\u00d6SUNGEN/*"));
  EXPECT_EQ(visited.days, 7u);
  EXPECT_EQ(when.children[1].test.subject, Subject::kQuietDays);
  EXPECT_EQ(when.children[1].test.max, 3);
  const Condition& segment = loaded.ruleset->segments[0].condition;
  EXPECT_EQ(segment.children[0].test.days, 30u);
  EXPECT_EQ(segment.children[1].test.min, 2);
}

}  // namespace
}  // namespace abm::rules
