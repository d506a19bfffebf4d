#include "generation/replacement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A generation 42 of these counts, and one network source.
ManifestFacts serving(NamedCounts counts, uint64_t entries = 100, uint64_t accounts = 10) {
  ManifestFacts facts;
  facts.number = 42;
  facts.counts = std::move(counts);
  facts.sources = {{"networks", {{"claims", 1}}},
                   {"networks: a.csv", {{"entries", entries}, {"accounts", accounts}}}};
  return facts;
}

Manifest next(NamedCounts counts, uint64_t entries = 100, uint64_t accounts = 10) {
  Manifest manifest;
  manifest.counts = std::move(counts);
  manifest.sources = {{"networks: a.csv", "csv", {}, {{"entries", entries}, {"accounts", accounts}}}};
  return manifest;
}

std::vector<std::string> told(const ManifestFacts& before, const Manifest& after,
                              std::optional<uint32_t> limit = 50) {
  std::vector<std::string> messages;
  for (const Loss& loss : find_losses(before, after, limit))
    messages.push_back(loss.source + "|" + loss.message);
  return messages;
}

TEST(Losses, AreFewerRulesFragmentsAndTestsThanTheLimitAllows) {
  for (const char* name : {"rules", "fragments", "tests"}) {
    EXPECT_THAT(told(serving({{name, 100}}), next({{name, 50}})), IsEmpty()) << name;
    EXPECT_THAT(told(serving({{name, 100}}), next({{name, 49}})),
                ElementsAre("|49 " + std::string(name) +
                            ", 51 fewer than the 100 of generation 42: more than max_shrink 50%"));
    EXPECT_EQ(told(serving({{name, 1}}), next({})).size(), 1u) << name << ": none is left";
    EXPECT_THAT(told(serving({}), next({{name, 5}})), IsEmpty()) << name << ": there were none";
    EXPECT_EQ(told(serving({{name, 100}}), next({{name, 79}}), 20).size(), 1u) << name;
  }
}

TEST(Losses, OfAccountsAreJudgedElsewhere) {
  EXPECT_THAT(told(serving({{"accounts", 100}}), next({{"accounts", 1}})), IsEmpty());
}

TEST(Losses, AreNetworkFilesThatShrinkOrIdentifyNobodyAnyMore) {
  EXPECT_THAT(told(serving({}, 100), next({}, 49)),
              ElementsAre("networks: a.csv|49 entries, 51 fewer than the 100 of generation 42: more than "
                          "max_shrink 50%"));
  EXPECT_THAT(told(serving({}, 100), next({}, 0, 0)),
              ElementsAre(HasSubstr("networks: a.csv|0 entries, 100 fewer than the 100")));
  EXPECT_THAT(told(serving({}), next({}, 100, 0)),
              ElementsAre("networks: a.csv|identifies no account any more, but 10 in generation 42"));
  EXPECT_THAT(told(serving({}, 100, 0), next({}, 100, 0)), IsEmpty()) << "exclusions identify nobody";
}

TEST(Losses, DoNotCountANetworkFileThatHasAnotherNameOrIsNoLongerNamed) {
  ManifestFacts before = serving({});
  before.sources[1].first = "networks: a-2026-11.csv";
  EXPECT_THAT(told(before, next({}, 1)), IsEmpty());
  Manifest after = next({});
  after.sources.clear();
  EXPECT_THAT(told(serving({}), after), IsEmpty());
}

TEST(Losses, AreAllNetworksHoweverTheyWent) {
  Manifest after = next({{"claims", 0}});
  after.sources.clear();
  EXPECT_THAT(told(serving({{"claims", 8}}), after),
              ElementsAre("|0 networks, 8 fewer than the 8 of generation 42: more than max_shrink 50%"));
}

TEST(Losses, TellTwoFilesOfOneNameApart) {
  ManifestFacts before = serving({});
  before.sources.push_back({"networks: a.csv", {{"entries", 2}}});
  Manifest after = next({});
  after.sources.push_back({"networks: a.csv", "csv", {}, {{"entries", 2}}});
  EXPECT_THAT(told(before, after), IsEmpty());
}

TEST(Losses, HaveNoLimitWhereNoneIsSet) {
  EXPECT_THAT(told(serving({{"rules", 9}}), next({}, 0), std::nullopt), IsEmpty());
  EXPECT_THAT(told(serving({{"rules", 9}}), next({}, 0), 100), IsEmpty());
}

TEST(Losses, AreFoundInNumbersThatOverflowAProduct) {
  const uint64_t many = ~uint64_t{0};
  EXPECT_EQ(told(serving({{"rules", many}}), next({{"rules", 1}})).size(), 1u);
  EXPECT_THAT(told(serving({{"rules", many}}), next({{"rules", many - 1}})), IsEmpty());
}

TEST(Replacement, IsRefusedForALossUnlessThatIsAllowed) {
  ReplacementRules rules;
  rules.max_loss_percent = 50;
  const ManifestFacts before = serving({{"rules", 9}});
  EXPECT_THAT(check_replacement(before, next({}), rules).message(), HasSubstr("0 rules, 9 fewer"));
  EXPECT_THAT(check_replacement(before, next({{"rules", 9}}, 1), rules).message(),
              HasSubstr("networks: a.csv: 1 entries, 99 fewer"));
  rules.allow_shrink = true;
  EXPECT_TRUE(check_replacement(before, next({}), rules).ok());
}

}  // namespace
}  // namespace abm::generation
