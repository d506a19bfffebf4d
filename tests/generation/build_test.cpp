#include "generation/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "generation/identify.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::write_text;

constexpr int64_t kNow = 1'763'790'000;

class Build : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "rules/fragments");
    write_feed("one-to-one");
    write_text(folder_ / "networks.csv", "network,account_id\n192.0.2.0/24,ford\n");
    write_text(folder_ / "rules/home.yaml",
               "abm: rules/1\n"
               "rules:\n"
               "  - id: home\n"
               "    when: { account: deere, path: / }\n"
               "    rewrite:\n"
               "      hero: { text: \"Hello\" }\n"
               "      case: { html_file: fragments/case.html }\n");
    write_text(folder_ / "rules/fragments/case.html", "<p>case</p>");
    inputs_.feed = folder_ / "accounts.ndjson";
    inputs_.folder = folder_.path();
    inputs_.rules = {"rules/home.yaml"};
    inputs_.networks.emplace_back().path = folder_ / "networks.csv";
  }
  void write_feed(std::string_view tier, std::string_view header_extra = "") {
    write_text(folder_ / "accounts.ndjson",
               "{\"abm\":\"accounts/"
               "1\",\"tenant\":\"acme-web\",\"version\":7,\"generated_at\":\"2025-11-22T03:33:20Z\"" +
                   std::string(header_extra) +
                   "}\n"
                   "{\"id\":\"deere\",\"name\":\"Deere\",\"tier\":\"" +
                   std::string(tier) +
                   "\",\"networks\":[\"198.51.100.0/24\"]}\n"
                   "{\"id\":\"ford\",\"name\":\"Ford\"}\n");
  }
  std::optional<Artifacts> run(const Generation* previous = nullptr) {
    diagnostics_ = {};
    BuildOptions options;
    options.now = kNow;
    options.previous = previous;
    return build(inputs_, options, diagnostics_);
  }

  TemporaryFolder folder_;
  BuildInputs inputs_;
  Diagnostics diagnostics_;
};

TEST_F(Build, MakesAGenerationOfAllInputs) {
  const auto artifacts = run();
  ASSERT_TRUE(artifacts.has_value()) << diagnostics_.format();
  EXPECT_EQ(artifacts->manifest.tenant, "acme-web");
  EXPECT_EQ(artifacts->manifest.feed_version, 7u);
  const Generation& generation = *artifacts->generation;
  const auto owner = [&](const char* ip) {
    const Identity identity = identify(generation, *IpAddress::parse(ip), {}, IdentityKind::kId);
    return identity.account.has_value() ? std::string(identity.account->id()) : "";
  };
  EXPECT_EQ(owner("198.51.100.7"), "deere");
  EXPECT_EQ(owner("192.0.2.7"), "ford");
  EXPECT_EQ(owner("203.0.113.7"), "");
  EXPECT_EQ(generation.rules().rule_count(), 1u);
  EXPECT_EQ(generation.rules().rule(0).file, "rules/home.yaml");
  std::vector<std::string> sources;
  for (const SourceEntry& source : artifacts->manifest.sources) sources.push_back(source.name);
  EXPECT_THAT(sources, ::testing::IsSupersetOf({"accounts", "networks", "networks: networks.csv",
                                                "rules/home.yaml", "fragments"}));
}

/// Says of one account that it was visited.
class Visited final : public AccountChanges {
 public:
  explicit Visited(std::string id, int64_t days = 3) : id_(std::move(id)), days_(days) {}
  void apply(accounts::Account& account) const override {
    if (account.id() != id_) return;
    account.numbers[static_cast<size_t>(accounts::NumberField::kEngagement)] = days_;
    account.tier = accounts::Tier::kOneToFew;
  }
  [[nodiscard]] std::string version() const override { return "visits of " + std::to_string(days_); }

 private:
  std::string id_;
  int64_t days_;
};

TEST_F(Build, ChangesTheAccountsOfTheFeedAndSaysSoInTheManifest) {
  const auto plain = run();
  ASSERT_TRUE(plain.has_value()) << diagnostics_.format();
  inputs_.changes = std::make_shared<Visited>("ford");
  const auto changed = run();
  ASSERT_TRUE(changed.has_value()) << diagnostics_.format();
  const auto ford = changed->generation->accounts().find_id("ford");
  ASSERT_TRUE(ford.has_value());
  EXPECT_EQ(ford->number(accounts::NumberField::kEngagement), 3);
  EXPECT_EQ(ford->tier(), accounts::Tier::kOneToFew);
  EXPECT_EQ(changed->generation->accounts().find_id("deere")->tier(), accounts::Tier::kOneToOne);
  const auto entry = [](const Artifacts& of) {
    const auto& sources = of.manifest.sources;
    const auto found = std::ranges::find(sources, kChangesSource, &SourceEntry::name);
    return found == sources.end() ? SourceEntry{} : *found;
  };
  EXPECT_EQ(entry(*plain), SourceEntry{});
  EXPECT_EQ(entry(*changed).version, "visits of 3");
  EXPECT_THAT(changed->report, ::testing::Contains("engagement: visits of 3"));
  EXPECT_NE(plain->manifest.file(Part::kAccounts), changed->manifest.file(Part::kAccounts));
  EXPECT_EQ(plain->manifest.file(Part::kRules), changed->manifest.file(Part::kRules));

  inputs_.changes = std::make_shared<Visited>("ford", 4);
  const auto later = run();
  ASSERT_TRUE(later.has_value());
  EXPECT_NE(entry(*later).hash, entry(*changed).hash);
}

TEST_F(Build, RefusesChangesThatNoAccountCanHave) {
  inputs_.changes = std::make_shared<Visited>("ford", -1);
  EXPECT_FALSE(run().has_value());
  EXPECT_THAT(diagnostics_.format(), HasSubstr("account 'ford' has a negative number"));
}

TEST_F(Build, KeepsThePresentChangesWithTheRulesOfAnOlderGeneration) {
  inputs_.changes = std::make_shared<Visited>("ford", 3);
  const auto first = run();
  ASSERT_TRUE(first.has_value()) << diagnostics_.format();
  inputs_.changes = std::make_shared<Visited>("ford", 4);
  diagnostics_ = {};
  BuildOptions options;
  options.now = kNow;
  options.rules_of = first->generation.get();
  const auto second = build(inputs_, options, diagnostics_);
  ASSERT_TRUE(second.has_value()) << diagnostics_.format();
  std::vector<std::string> versions;
  for (const SourceEntry& source : second->manifest.sources) {
    if (source.name == kChangesSource) versions.push_back(source.version);
  }
  EXPECT_THAT(versions, ::testing::ElementsAre("visits of 4"));
}

TEST_F(Build, GivesTheSameBytesForTheSameInputsFromAnyWorkingDirectory) {
  const auto first = run();
  ASSERT_TRUE(first.has_value()) << diagnostics_.format();
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  const auto second = run();
  std::filesystem::current_path(here);
  ASSERT_TRUE(second.has_value()) << diagnostics_.format();
  EXPECT_TRUE(first->bytes == second->bytes);
  EXPECT_EQ(first->manifest, second->manifest);
}

TEST_F(Build, TakesTheIndexOverWhenOnlyATierChanged) {
  auto first = run();
  ASSERT_TRUE(first.has_value()) << diagnostics_.format();
  PublishOptions options;
  options.data_dir = folder_ / "data";
  ASSERT_TRUE(publish(std::move(*first), options).ok());
  const auto previous = Generation::open(options.data_dir);
  ASSERT_TRUE(previous.ok()) << previous.message();
  write_feed("one-to-few");
  auto second = run(previous->get());
  ASSERT_TRUE(second.has_value()) << diagnostics_.format();
  EXPECT_THAT(second->report, ::testing::Contains("networks: unchanged since generation 1"));
  const auto published = publish(std::move(*second), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_THAT(published->linked, ::testing::ElementsAre("ipdb.mmdb", "rules.bin"));

  write_text(folder_ / "networks.csv", "network,account_id\n203.0.113.0/24,ford\n");
  const auto third = run(Generation::open(options.data_dir)->get());
  ASSERT_TRUE(third.has_value()) << diagnostics_.format();
  EXPECT_TRUE(third->bytes[0] != (*previous)->part(Part::kIpdb)->bytes());
}

TEST_F(Build, ReportsTheErrorsOfAllInputsAtOnce) {
  write_feed("platinum");
  write_text(folder_ / "rules/home.yaml",
             "abm: rules/1\nrules:\n  - id: home\n    wen: { account: deere }\n    rewrite: { hero: { text: "
             "x } }\n");
  EXPECT_FALSE(run().has_value());
  const std::string text = diagnostics_.format();
  EXPECT_THAT(text, HasSubstr("accounts.ndjson:2:"));
  EXPECT_THAT(text, HasSubstr("rules/home.yaml:4:5: unknown key 'wen'"));
}

TEST_F(Build, RefusesAFeedThatHasExpiredUnlessItIsOnlyLookedAt) {
  write_feed("one-to-one", ",\"expires_at\":\"2025-11-22T05:40:00Z\"");
  EXPECT_FALSE(run().has_value());
  EXPECT_THAT(diagnostics_.first_error(),
              HasSubstr("accounts.ndjson:1:1: the feed expired at 2025-11-22T05:40:00Z"));
  BuildOptions options;
  options.now = kNow;
  options.refuse_expired = false;
  diagnostics_ = {};
  EXPECT_TRUE(build(inputs_, options, diagnostics_).has_value()) << diagnostics_.format();
}

TEST_F(Build, WorksWithoutNetworksAndWithoutRules) {
  inputs_.networks.clear();
  inputs_.rules.clear();
  const auto artifacts = run();
  ASSERT_TRUE(artifacts.has_value()) << diagnostics_.format();
  EXPECT_EQ(artifacts->generation->rules().rule_count(), 0u);
}

TEST_F(Build, WorksWithoutAFeed) {
  inputs_.feed.clear();
  inputs_.networks.clear();
  const auto artifacts = run();
  ASSERT_TRUE(artifacts.has_value()) << diagnostics_.format();
  EXPECT_EQ(artifacts->generation->accounts().size(), 0u);
}

TEST_F(Build, NamesTheFileThatIsNotThere) {
  inputs_.feed = folder_ / "none.ndjson";
  inputs_.rules = {"rules/none.yaml"};
  EXPECT_FALSE(run().has_value());
  EXPECT_THAT(diagnostics_.format(), HasSubstr("none.ndjson: no such file or directory"));
  EXPECT_THAT(diagnostics_.format(), HasSubstr("rules/none.yaml: no such file or directory"));
}

TEST_F(Build, SaysHowManyAccountsAnAddressLeadsTo) {
  const auto artifacts = run();
  ASSERT_TRUE(artifacts.has_value()) << diagnostics_.format();
  const std::string text =
      "accounts: 2, of which 2 can be identified by their address (1 by networks that the feed lists, 1 by networks of "
      "a CSV)";
  EXPECT_THAT(artifacts->report, ::testing::Contains(text));
  const auto& counts = artifacts->manifest.sources.front().counts;
  EXPECT_THAT(counts, ::testing::Contains(std::pair<std::string, uint64_t>("identifiable", 2)));
  const auto again = run(artifacts->generation.get());  // with the index of before
  ASSERT_TRUE(again.has_value());
  EXPECT_THAT(again->report, ::testing::Contains(text));
}

TEST_F(Build, WarnsOfAFeedOfWhomNobodyCanBeIdentified) {
  inputs_.networks.clear();
  write_text(
      folder_ / "accounts.ndjson",
      "{\"abm\":\"accounts/1\",\"tenant\":\"t\",\"version\":7,\"generated_at\":\"2025-11-22T03:33:20Z\"}\n"
      "{\"id\":\"deere\",\"name\":\"Deere\",\"asns\":[10846]}\n");
  ASSERT_TRUE(run().has_value()) << diagnostics_.format();
  EXPECT_THAT(diagnostics_.format(), HasSubstr("accounts: 1, of which 0 can be identified by their address"));
  inputs_.expects_networks = false;
  ASSERT_TRUE(run().has_value()) << diagnostics_.format();
  EXPECT_THAT(diagnostics_.format(), ::testing::Not(HasSubstr("of which 0")));
}

TEST_F(Build, DomainsAreKeptAsIdentitiesSpellThem) {
  write_text(
      folder_ / "accounts.ndjson",
      "{\"abm\":\"accounts/1\",\"tenant\":\"t\",\"version\":7,\"generated_at\":\"2025-11-22T03:33:20Z\"}\n"
      "{\"id\":\"deere\",\"name\":\"Deere\",\"domains\":[\"gmail.com\",\"WWW.Deere.com.\",\"M\xc3\x9cLLER.de\"]}\n"
      "{\"id\":\"ford\",\"name\":\"Ford\",\"domains\":[\"co.uk\"]}\n");
  const auto artifacts = run();
  ASSERT_TRUE(artifacts.has_value()) << diagnostics_.format();
  const auto who = [&](std::string_view identity) {
    const Identity found =
        identify(*artifacts->generation, *IpAddress::parse("8.8.8.8"), identity, IdentityKind::kDomain);
    return found.account.has_value() ? std::string(found.account->id()) : "";
  };
  for (const char* spelling :
       {"deere.com", "www.DEERE.com.", "m\xc3\xbcller.de", "M\xc3\x9cLLER.DE", "mu\xcc\x88ller.de",
        "www.xn--mller-kva.de", "shop.deere.com", "www.www.deere.com", "user@mail.deere.com",
        "Anna@M\xc3\x9cLLER.DE", "anna@post.xn--mller-kva.de"}) {
    EXPECT_EQ(who(spelling), "deere") << spelling;
  }
  for (const char* other :
       {"gmail.com", "co.uk", "www.com", "www.", "user@gmail.com", "user@x.co.uk", "notdeere.com"})
    EXPECT_EQ(who(other), "") << other;
  EXPECT_EQ(artifacts->generation->accounts().at(0).text(accounts::TextField::kDomain), "deere.com");
  EXPECT_THAT(diagnostics_.format(),
              HasSubstr("accounts.ndjson:2: warning: account 'deere': domain 'gmail.com'"));
}

}  // namespace
}  // namespace abm::generation
