#include "generation/list_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "generation/build.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;
using testing::write_text;

class ListChecks : public ::testing::Test {
 protected:
  ListChecks() {
    std::filesystem::create_directories(folder_ / "rules");
    inputs_.feed = folder_ / "list.ndjson";
    inputs_.feed_name = "the list";
    inputs_.folder = folder_.path();
    inputs_.rules = {"rules/home.yaml"};
    inputs_.checks_list = true;
    inputs_.expects_networks = false;
    inputs_.site_file = "site.yaml";
    rules("  - { id: all, when: { path: / }, rewrite: { hero: { text: Hello } } }\n");
  }
  void rules(const std::string& text, const std::string& head = "") {
    write_text(folder_ / "rules/home.yaml", "abm: rules/1\n" + head + "rules:\n" + text);
  }
  void list(const std::vector<std::string>& members) {
    std::string feed =
        R"({"abm":"accounts/1","tenant":"acme","version":7,"generated_at":"2025-11-22T03:33:20Z"})"
        "\n";
    for (size_t i = 0; i < members.size(); ++i)
      feed += R"({"id":"a)" + std::to_string(i) + R"(","name":"A")" + (members[i].empty() ? "" : ",") +
              members[i] + "}\n";
    write_text(inputs_.feed, feed);
  }
  std::optional<Artifacts> built(const Generation* serving = nullptr) {
    diagnostics_ = {};
    BuildOptions options;
    options.now = 1'763'790'000;
    options.serving = serving;
    auto artifacts = build(inputs_, options, diagnostics_);
    EXPECT_TRUE(artifacts.has_value()) << diagnostics_.format();
    return artifacts;
  }
  /// The warnings of this file's codes.
  std::string warnings(const Generation* serving = nullptr) {
    static_cast<void>(built(serving));
    std::string text;
    for (const Diagnostic& found : diagnostics_.all()) {
      if (found.code >= "ABM024" && found.code <= "ABM029") text += format_diagnostic(found);
    }
    return text;
  }

  TemporaryFolder folder_;
  BuildInputs inputs_;
  Diagnostics diagnostics_;
};

const std::string kOne = R"("tier":"one-to-one")", kFew = R"("tier":"one-to-few")";

TEST_F(ListChecks, WarnsOfMoreAccountsThanPeopleCanServe) {
  list({kOne, kOne, kOne, kOne + R"(,"exclude":true)", kFew});
  auto& limit = inputs_.capacity[static_cast<size_t>(accounts::Tier::kOneToOne)];
  limit = TierCapacity{3, {9, 27}};
  EXPECT_EQ(warnings(), "") << "an excluded one takes nobody's time";
  limit->most = 2;
  EXPECT_THAT(warnings(),
              HasSubstr("site.yaml:9:27: warning: 3 accounts are one-to-one, and 'capacity' says that people "
                        "can serve 2: move 1 to another tier, or raise 'capacity' once there is somebody for "
                        "them [ABM025]"));
  rules("  - { id: all, rewrite: { hero: { text: Hello } } }\n", "silence: [ABM025]\n");
  EXPECT_EQ(warnings(), "");
}

TEST_F(ListChecks, WarnsOfPointsForASignalThatNoRuleRaises) {
  list({kOne});
  rules("  - { id: all, when: { path: / }, signal: { name: pricing-visit, next: Call } }\n");
  inputs_.signal_points = {{"Pricing-Visit", 8, {5, 20}}, {"price-visit", 8, {5, 40}}};
  static_cast<void>(built());
  EXPECT_THAT(diagnostics_.format(), HasSubstr("site.yaml:5:40: warning: points: no rule raises the signal "
                                               "'price-visit', did you mean 'pricing-visit'?"));
  EXPECT_THAT(diagnostics_.format(), Not(HasSubstr("5:20")));
}

TEST_F(ListChecks, WarnsOfMovesByAValueThatNoAccountHas) {
  list({kOne + R"(,"stage":"Opportunity")"});
  const auto stage = [](const std::string& value, uint32_t line) {
    NamedMove move;
    move.name = "rescue";
    move.when.kind = rules::Condition::Kind::kTest;
    move.when.test.subject = rules::Subject::kStage;
    move.when.test.values = {value};
    move.when.test.at.at = {line, 7};
    return move;
  };
  inputs_.moves.plays = {stage("opportunity", 5), stage("engaged", 6), stage("oportunity", 7)};
  NamedMove engaged = stage("opportunity", 8);
  engaged.name = "Engaged";
  inputs_.moves.stages = {engaged};
  static_cast<void>(built());
  const std::string text = diagnostics_.format();
  EXPECT_THAT(text,
              HasSubstr("site.yaml:7:7: warning: no account of the list has stage 'oportunity', did you mean "
                        "'opportunity'? [ABM011]"));
  EXPECT_THAT(text, Not(HasSubstr("site.yaml:5")));
  EXPECT_THAT(text, Not(HasSubstr("site.yaml:6"))) << "visits may give it";
  rules("  - { id: all, rewrite: { hero: { text: Hello } } }\n", "silence: [ABM011]\n");
  static_cast<void>(built());
  EXPECT_THAT(diagnostics_.format(), Not(HasSubstr("ABM011")));
}

TEST_F(ListChecks, WarnsOfAccountsThatNobodyHasSeenForAYear) {
  list({kOne + R"(,"quiet_days":364)", kFew + R"(,"quiet_days":365)",
        R"("first_seen_days":800,"quiet_days":3)", R"("first_seen_days":700)", "",
        R"("quiet_days":900,"exclude":true)"});
  EXPECT_THAT(warnings(),
              AllOf(HasSubstr("the list: warning: nobody of 2 accounts has come for a year (one-to-few 1, "
                              "untiered 1): 'a1' and 'a3'; "),
                    HasSubstr("[ABM026]")));
  list({kOne, kFew});
  EXPECT_EQ(warnings(), "") << "a site that knows nothing of visits";
}

TEST_F(ListChecks, WarnsOfATierThatJumps) {
  list(std::vector<std::string>(20, kFew));
  const auto before = built();
  ASSERT_TRUE(before.has_value());
  const Generation* const serving = before->generation.get();
  list(std::vector<std::string>(26, kFew));
  EXPECT_EQ(warnings(serving), "") << "less than a third";
  list(std::vector<std::string>(27, kFew));
  EXPECT_THAT(warnings(serving),
              HasSubstr("the list: warning: since generation 0 the number of accounts changes by more than "
                        "a third: one-to-few 20 \u2192 27; "));
  list(std::vector<std::string>(13, kFew));
  EXPECT_THAT(warnings(serving), HasSubstr("one-to-few 20 \u2192 13"));
  std::vector<std::string> more(20, kFew);
  more.insert(more.end(), 4, kOne);
  list(more);
  EXPECT_EQ(warnings(serving), "") << "four new ones are no jump";
  more.push_back(kOne);
  list(more);
  EXPECT_THAT(warnings(serving), HasSubstr("one-to-one 0 \u2192 5"));
  list({kFew + R"(,"exclude":true)"});
  EXPECT_THAT(warnings(serving), HasSubstr("one-to-few 20 \u2192 0"));
  const auto nobody = built();
  ASSERT_TRUE(nobody.has_value());
  list(more);
  EXPECT_EQ(warnings(nobody->generation.get()), "") << "the first list of a site that had none";
}

TEST_F(ListChecks, WarnsOfIndustriesThatNoRuleNames) {
  list({R"("industry":"Retail")", R"("industry":"retail")", R"("industry":"Mining")",
        R"("industry":"ENERGY")", "", R"("industry":"Law","exclude":true)"});
  EXPECT_EQ(warnings(), "") << "rules for all";
  const std::string all = "  - { id: all, when: { path: / }, rewrite: { hero: { text: Hello } } }\n";
  rules(all + "  - { id: r, when: { segment: power, path: /x }, rewrite: { hero: { text: Hello } } }\n",
        "segments: { power: { industry: energy } }\n");
  EXPECT_THAT(
      warnings(),
      AllOf(HasSubstr("the list: warning: rules name industries, but not 'Retail' (2 accounts), 'Mining' "
                      "(1 account): "),
            HasSubstr("[ABM028]"), Not(HasSubstr("ABM029"))));
  rules(
      all +
      "  - { id: r, when: { industry: energy }, rewrite: { hero: { text: \"For {{ account.industry }}\" } } }\n");
  EXPECT_EQ(warnings(), "") << "a placeholder has something for each";
}

TEST_F(ListChecks, WarnsOfAccountsThatNoRuleReaches) {
  rules(
      "  - { id: few, when: { tier: one-to-few, path: /x/** }, rewrite: { hero: { text: Hello } } }\n"
      "  - { id: unsure, when: { account: a3, not: { confidence: high } }, signal: { name: came } }\n",
      "confidence: { one-to-one: low }\n");
  list({kFew, kOne, kOne + R"(,"exclude":true)", kOne, "", ""});
  EXPECT_THAT(
      warnings(),
      AllOf(HasSubstr("the list: warning: no rule reaches 3 accounts (one-to-one 1, untiered 2), such as "
                      "'a1': their visitors see the original on every page; "),
            HasSubstr("[ABM029]")));
  list({kFew, "", ""});
  EXPECT_EQ(warnings(), "") << "nobody has plans for accounts without a tier";

  // 1'763'790'000 is 2025-11-22T05:40:00Z.
  const auto until = [this](const std::string& time) {
    rules("  - { id: all, schedule: { until: " + time + " }, rewrite: { hero: { text: Hello } } }\n");
  };
  list({kFew});
  until("2025-11-22T05:40:01Z");
  EXPECT_EQ(warnings(), "");
  until("2025-11-22T05:40:00Z");
  EXPECT_THAT(warnings(), HasSubstr("no rule reaches 1 account (one-to-few 1), such as 'a0'"));
}

TEST_F(ListChecks, WarnsOfParentsInACircleWhereTheyMatter) {
  list({R"("parent":"a1")", R"("parent":"a0")", R"("parent":"a0")", ""});
  EXPECT_EQ(warnings(), "") << "nothing depends on them";
  inputs_.inherit = accounts::InheritedSet(1);
  EXPECT_THAT(
      warnings(),
      AllOf(HasSubstr("the list: warning: the parents of 2 accounts go round in a circle: 'a0' and 'a1'; "),
            HasSubstr("1 account is more than 16 levels below the top, or below a circle: 'a2'; "),
            HasSubstr("[ABM024]")));
  inputs_.inherit = {};
  rules("  - { id: all, rewrite: { hero: { text: Hello } } }\n", "control: { percent: 0, by: parent }\n");
  EXPECT_THAT(warnings(), HasSubstr("go round in a circle"));
}

TEST_F(ListChecks, StaySilencedByRulesThatArePublishedAgain) {
  const std::string rule =
      "  - { id: few, when: { tier: one-to-few }, rewrite: { hero: { text: Hello } } }\n";
  list({kOne});
  rules(rule, "silence: [ABM029, ABM028, ABM029]\n");
  auto first = built();
  ASSERT_TRUE(first.has_value());
  EXPECT_THAT(first->silenced, ::testing::ElementsAre("ABM028", "ABM029"));
  const auto again = [&](const std::string& silenced) {
    Manifest manifest = first->manifest;
    if (!silenced.empty()) manifest.made.emplace_back(kMadeSilenced, silenced);
    const auto bytes = [&](Part part) { return first->bytes[static_cast<size_t>(part)]; };
    const auto from = Generation::from_bytes(manifest, bytes(Part::kIpdb), bytes(Part::kAccounts),
                                             bytes(Part::kRules), nullptr, {});
    EXPECT_TRUE(from.ok());
    diagnostics_ = {};
    BuildOptions options;
    options.now = 1'763'790'000;
    options.rules_of = from->get();
    const auto artifacts = build(inputs_, options, diagnostics_);
    EXPECT_TRUE(artifacts.has_value()) << diagnostics_.format();
    return artifacts.has_value() ? artifacts->silenced : std::vector<std::string>();
  };
  EXPECT_THAT(again("ABM028 ABM029"), ::testing::ElementsAre("ABM028", "ABM029"));
  EXPECT_THAT(diagnostics_.format(), Not(HasSubstr("ABM029")));
  EXPECT_THAT(again(""), ::testing::IsEmpty()) << "made by an older version";
  EXPECT_THAT(diagnostics_.format(), HasSubstr("ABM029"));
}

TEST_F(ListChecks, AreNotMadeOfListsThatAreNoSites) {
  inputs_.checks_list = false;
  list({kOne + R"(,"quiet_days":700)"});
  EXPECT_EQ(warnings(), "");
}

TEST_F(ListChecks, TellWhatWasInheritedAndInWhatOrder) {
  list({R"("parent":"a2","owner":"jo")", R"("parent":"a0")", kOne + R"(,"owner":"ann","segments":["s"])",
        R"("parent":"gone")"});
  inputs_.inherit = accounts::InheritedSet(7);
  /// Sees what was inherited, since it comes after that.
  class Seer final : public AccountChanges {
   public:
    void apply(accounts::Account& account) const override {
      account.numbers[static_cast<size_t>(accounts::NumberField::kIntent)] = account.inherited.bits();
    }
    [[nodiscard]] std::string version() const override { return "1"; }
  };
  inputs_.changes = std::make_shared<Seer>();
  const auto artifacts = built();
  ASSERT_TRUE(artifacts.has_value());
  const accounts::Snapshot& snapshot = artifacts->generation->accounts();
  EXPECT_EQ(snapshot.at(1).text(accounts::TextField::kOwner), "jo");
  EXPECT_EQ(snapshot.at(1).tier(), accounts::Tier::kOneToOne);
  EXPECT_EQ(snapshot.at(1).segment(0), "s");
  EXPECT_EQ(snapshot.at(1).family(), "a2");
  EXPECT_EQ(snapshot.at(1).number(accounts::NumberField::kIntent), 7);
  EXPECT_EQ(snapshot.at(0).number(accounts::NumberField::kIntent), 3);
  EXPECT_THAT(
      artifacts->report,
      ::testing::IsSupersetOf(
          {HasSubstr("accounts: 3 in 1 family of more than one"),
           HasSubstr("accounts: inherited from parents: tier of 2 accounts, segments of 2, owner of 1"),
           HasSubstr("accounts: the parent that 'a3' names is not on the list")}));
}

}  // namespace
}  // namespace abm::generation
