#include "generation/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "generation/missed_files.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::write_text;

class SiteFile : public ::testing::Test {
 protected:
  std::optional<Site> load(std::string_view text) {
    write_text(folder_ / "site.yaml", text);
    diagnostics_ = {};
    return load_site(folder_ / "site.yaml", diagnostics_);
  }
  /// All errors as "line:column: message".
  std::vector<std::string> errors_of(std::string_view text) {
    EXPECT_FALSE(load(text).has_value());
    std::vector<std::string> found;
    for (const Diagnostic& d : diagnostics_.all()) {
      EXPECT_EQ(d.file, folder_ / "site.yaml");
      found.push_back(std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message);
    }
    return found;
  }

  TemporaryFolder folder_;
  Diagnostics diagnostics_;
};

constexpr std::string_view kMinimal =
    "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules/*.yaml]\n";

TEST_F(SiteFile, ReadsWhatIsInheritedAndWhatPeopleCanServe) {
  const std::string rest = "abm: site/1\ndata: data\nrules: [rules/*.yaml]\n";
  const auto site = load(rest +
                         "accounts: { from: a.ndjson, inherit: [owner, tier] }\n"
                         "capacity: { one-to-one: 50, one-to-few: 0, one-to-many: ~ }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_TRUE(site->accounts.inherit.has(accounts::InheritedField::kTier));
  EXPECT_FALSE(site->accounts.inherit.has(accounts::InheritedField::kSegments));
  EXPECT_TRUE(site->accounts.inherit.has(accounts::InheritedField::kOwner));
  const auto& most = site->capacity[static_cast<size_t>(accounts::Tier::kOneToOne)];
  ASSERT_TRUE(most.has_value());
  EXPECT_EQ(most->most, 50u);
  EXPECT_EQ(most->at.line, 5u);
  EXPECT_EQ(site->capacity[static_cast<size_t>(accounts::Tier::kOneToFew)]->most, 0u);
  EXPECT_FALSE(site->capacity[static_cast<size_t>(accounts::Tier::kOneToMany)].has_value());
  EXPECT_TRUE(load(kMinimal)->accounts.inherit.empty());
  EXPECT_THAT(
      errors_of(rest + "accounts: { from: a.ndjson, inherit: [owners, stage] }\n"
                       "capacity: { one-to-on: 5, one-to-few: many }\n"),
      ElementsAre(
          HasSubstr("4:39: inherit 'owners' is not one of tier, segments, owner, did you mean 'owner'?"),
          HasSubstr("4:47: inherit 'stage' is not one of tier, segments, owner"),
          HasSubstr("5:13: unknown key 'one-to-on'"), HasSubstr("5:39: one-to-few")));
}

TEST_F(SiteFile, ReadsAWholeExample) {
  const auto site = load(
      "abm: site/1\n"
      "data: /var/lib/abm/acme-web\n"
      "accounts: { from: https://core.example/abm/accounts.ndjson, verify_key: core.pub, every: 2m, "
      "max_shrink: 50%, proxy: 'http://proxy:3128', ca: authorities.pem, timeout: 5s, max_size: 64M }\n"
      "networks:\n"
      "  - { asn: asn-ipv4.csv }\n"
      "  - { mmdb: GeoIP2-Enterprise.mmdb, key: traits.domain, match: domain, confidence: medium }\n"
      "  - { csv: networks.csv }\n"
      "  - { exclude: ../exclude.csv }\n"
      "rules: [rules/*.yaml]\n"
      "sign_key: ~            # minisign secret key for MANIFEST.json\n"
      "keep: 10\n"
      "max_as_addresses: 65536\nallow_special: true\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_EQ(site->folder, folder_.path());
  EXPECT_EQ(site->data, "/var/lib/abm/acme-web");
  EXPECT_EQ(site->accounts.from, "https://core.example/abm/accounts.ndjson");
  EXPECT_EQ(site->accounts.verify_key, folder_ / "core.pub");
  EXPECT_EQ(site->accounts.every_seconds, 120);
  EXPECT_EQ(site->accounts.max_shrink_percent, 50u);
  EXPECT_EQ(site->accounts.proxy, "http://proxy:3128");
  EXPECT_EQ(site->accounts.ca, folder_ / "authorities.pem");
  EXPECT_TRUE(site->allow_special);
  EXPECT_EQ(site->accounts.timeout_seconds, 5);
  EXPECT_EQ(site->accounts.max_bytes, 64u << 20);
  ASSERT_EQ(site->networks.size(), 4u);
  EXPECT_EQ(site->networks[0].kind, NetworkInput::Kind::kAsn);
  EXPECT_EQ(site->networks[1].kind, NetworkInput::Kind::kMmdb);
  EXPECT_EQ(site->networks[1].key, "traits.domain");
  EXPECT_EQ(site->networks[1].match, "domain");
  EXPECT_EQ(site->networks[1].confidence, "medium");
  EXPECT_EQ(site->networks[2].path, folder_ / "networks.csv");
  EXPECT_EQ(site->networks[3].kind, NetworkInput::Kind::kExclude);
  EXPECT_EQ(site->networks[3].path, std::filesystem::path(folder_.path()).parent_path() / "exclude.csv");
  EXPECT_EQ(site->sign_key, "");
  EXPECT_EQ(site->keep.count, 10u);
  EXPECT_EQ(site->keep.days, 0u);
  EXPECT_EQ(site->keep.bytes, 0u);
  EXPECT_EQ(site->max_as_addresses, 65536u);
}

TEST_F(SiteFile, ReadsSourcesThatAreMerged) {
  const auto site = load(
      "abm: site/1\ndata: data\ntenant: acme-web\nrules: []\naccounts:\n  every: 5m\n  sources:\n"
      "    - { hubspot: exports/companies.csv }\n"
      "    - { csv: zi.csv, encoding: windows-1252, delimiter: tab, map: { name: Company Name, domains: [Website, Mail], "
      "revenue_usd: { column: Revenue, times: 1000 }, employees: ~, attributes.since: { column: Since, read: date-dmy } } }\n"
      "    - { bombora: surge.csv, as: intent }\n"
      "    - { feed: https://core.example/a.ndjson, verify_key: core.pub }\n"
      "  values: { industry: { MACHINERY: manufacturing }, tier: { Tier 1: one-to-one } }\n"
      "  tiers: [ { tier: one-to-few, when: { segment: icp, intent: { min: 70 } } } ]\n"
      "  same_company: crm_id\n  roll_up: true\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  const AccountSources& merge = site->accounts.merge;
  EXPECT_EQ(site->accounts.from, "");
  EXPECT_EQ(merge.tenant, "acme-web");
  ASSERT_EQ(merge.sources.size(), 4u);
  EXPECT_EQ(merge.sources[0].kind, SourceKind::kHubspot);
  EXPECT_EQ(merge.sources[0].from, folder_ / "exports/companies.csv");
  const AccountSource& zoominfo = merge.sources[1];
  EXPECT_EQ(zoominfo.encoding, "windows-1252");
  EXPECT_EQ(zoominfo.delimiter, '\t');
  ASSERT_EQ(zoominfo.map.size(), 5u);
  EXPECT_EQ(zoominfo.map[1].columns, (std::vector<std::string>{"Website", "Mail"}));
  EXPECT_EQ(zoominfo.map[2].times, 1000);
  EXPECT_TRUE(zoominfo.map[3].columns.empty());
  EXPECT_EQ(zoominfo.map[4].read, "date-dmy");
  EXPECT_TRUE(merge.sources[2].intent);
  EXPECT_EQ(merge.sources[3].from, "https://core.example/a.ndjson");
  EXPECT_EQ(merge.sources[3].verify_key, folder_ / "core.pub");
  ASSERT_EQ(merge.values.size(), 2u);
  EXPECT_EQ(merge.values[1].words[0], (std::pair<std::string, std::string>("Tier 1", "one-to-one")));
  ASSERT_EQ(merge.tiers.size(), 1u);
  EXPECT_EQ(merge.tiers[0].tier, accounts::Tier::kOneToFew);
  EXPECT_EQ(merge.same_company, SameCompany::kCrmId);
  EXPECT_TRUE(merge.roll_up);
}

TEST_F(SiteFile, ReadsLiveSources) {
  const auto site = load(
      "abm: site/1\ndata: data\ntenant: acme-web\nrules: []\naccounts:\n  proxy: http://proxy:3128\n  max_shrink: 30%\n  sources:\n"
      "    - { hubspot: { token_file: hubspot.token } }\n"
      "    - { hubspot: { token_file: eu.token, url: https://eu.example, properties: [name, abm_tier] }, every: 1h, proxy: ~, "
      "max_shrink: ~, map: { tier: abm_tier } }\n"
      "    - { salesforce: { login: https://acme.my.salesforce.com, client_id_file: sf.id, client_secret_file: sf.secret, "
      "soql: SELECT Id FROM Account, version: v61.0 }, name: crm, as: intent, timeout: 5s, ca: ca.pem }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  const auto& sources = site->accounts.merge.sources;
  ASSERT_EQ(sources.size(), 3u);
  ASSERT_TRUE(sources[0].live.has_value() && sources[1].live.has_value() && sources[2].live.has_value());
  EXPECT_EQ(sources[0].kind, SourceKind::kHubspot);
  EXPECT_EQ(sources[0].from, folder_ / "data/live/hubspot.csv");
  EXPECT_EQ(sources[0].live->token_file, folder_ / "hubspot.token");
  EXPECT_EQ(sources[0].live->every_seconds, 900);
  EXPECT_EQ(sources[0].live->proxy, "http://proxy:3128");
  EXPECT_EQ(sources[0].live->max_shrink_percent, 30u);
  EXPECT_EQ(sources[1].live->name, "hubspot-2");
  EXPECT_EQ(sources[1].live->every_seconds, 3600);
  EXPECT_EQ(sources[1].live->proxy, "");
  EXPECT_FALSE(sources[1].live->max_shrink_percent.has_value());
  EXPECT_EQ(sources[1].live->properties, (std::vector<std::string>{"name", "abm_tier"}));
  EXPECT_EQ(sources[1].live->places.at(1).key, "url");
  EXPECT_EQ(sources[1].live->places.at(1).at.line, 10u);
  EXPECT_EQ(sources[2].kind, SourceKind::kSalesforce);
  EXPECT_EQ(sources[2].from, folder_ / "data/live/crm.csv");
  EXPECT_EQ(sources[2].live->url, "https://acme.my.salesforce.com");
  EXPECT_EQ(sources[2].live->client_secret_file, folder_ / "sf.secret");
  EXPECT_EQ(sources[2].live->soql, "SELECT Id FROM Account");
  EXPECT_EQ(sources[2].live->version, "v61.0");
  EXPECT_EQ(sources[2].live->timeout_seconds, 5);
  EXPECT_EQ(sources[2].live->ca, folder_ / "ca.pem");
  EXPECT_TRUE(sources[2].intent);
}

TEST_F(SiteFile, RefusesLiveSourcesThatMakeNoSense) {
  const auto error = [&](std::string_view sources) {
    diagnostics_ = {};
    EXPECT_FALSE(load(fmt::format(
        "abm: site/1\ndata: data\ntenant: t\nrules: []\naccounts: {{ sources: [ {} ] }}\n", sources)));
    const std::string text = diagnostics_.first_error();
    return text.substr(text.find(".yaml:") + 6);
  };
  EXPECT_EQ(error("{ hubspot: { url: https://a.example } }"),
            "5:35: hubspot needs 'token_file': the file that holds its token");
  EXPECT_EQ(error("{ hubspot: { token_file: a, propertys: [name] } }"),
            "5:52: unknown key 'propertys' in hubspot, did you mean 'properties'?");
  EXPECT_EQ(error("{ salesforce: { login: https://a.example, client_id_file: a, client_secret_file: b } }"),
            "5:38: salesforce needs 'soql': the query, SELECT Id, Name, Website … FROM Account");
  EXPECT_EQ(
      error("{ zoominfo: { token_file: a } }"),
      "5:36: 'zoominfo' names a file; of all systems, only hubspot and salesforce can be asked themselves");
  EXPECT_EQ(error("{ hubspot: { token_file: a }, name: My CRM }"),
            "5:60: name 'My CRM' must be small letters, digits and '-', at most 64");
  EXPECT_EQ(error("{ hubspot: { token_file: a }, name: crm }, { hubspot: { token_file: b }, name: crm }"),
            "5:67: the name 'crm' is that of the source in line 5, too: what is kept of each has its name");
  EXPECT_EQ(error("{ hubspot: { token_file: a }, delimiter: ',' }"),
            "5:65: 'delimiter' belongs to a table in a file, not to a live source");
  EXPECT_EQ(error("{ hubspot: a.csv, every: 5m }"),
            "5:49: 'every' belongs to a live source, such as hubspot: { token_file: … }");
  EXPECT_EQ(error("{ hubspot: { token_file: a }, every: often }"),
            "5:61: every must be a time such as 30s, 5m, 2h or 1d, at most 30d, not 'often'");
}

TEST_F(SiteFile, RefusesSourcesThatMakeNoSense) {
  const auto error = [&](std::string_view accounts) {
    diagnostics_ = {};
    EXPECT_FALSE(
        load(fmt::format("abm: site/1\ndata: data\ntenant: t\nrules: []\naccounts: {{ {} }}\n", accounts)));
    const std::string text = diagnostics_.first_error();
    return text.substr(text.find(": ") + 2);
  };
  EXPECT_EQ(error("sources: []"), "sources must be a list with at least one entry");
  EXPECT_EQ(error("sources: [ { bombora: a.csv, as: intent } ]"),
            "all sources are 'as: intent', which make no accounts: one must list them");
  EXPECT_EQ(error("sources: [ { csv: a.csv, map: { emploees: A } } ]"),
            "unknown field 'emploees', did you mean 'employees'?");
  EXPECT_EQ(error("sources: [ { csv: https://a.example/a.csv } ]"),
            "'https://a.example/a.csv' must be a file: only a feed may be an address");
  EXPECT_EQ(error("sources: [ { csv: a.csv } ], tiers: [ { tier: 1:1, when: { tier: one-to-few } } ]"),
            "a tier rule cannot test the tier, which it decides");
  EXPECT_EQ(error("sources: [ { csv: a.csv } ], tiers: [ { tier: 1:1, when: { path: /a } } ]"),
            "field 'path' is not about the account: a segment cannot test it, a rule's 'when' can");
  EXPECT_EQ(error("sources: [ { csv: a.csv } ], values: { tier: { Gold: golden } }"),
            "tier 'golden' is none: one-to-one, one-to-few, one-to-many or untiered");
  EXPECT_EQ(error("from: a.ndjson, roll_up: true"), "'roll_up' belongs to 'sources'");
}

TEST_F(SiteFile, ReadsOutcomesAndThePrimaryGoal) {
  const auto site = load(
      "abm: site/1\ndata: data\ntenant: t\nrules: []\n"
      "accounts: { sources: [ { hubspot: { token_file: t }, name: crm } ], timeout: 5s, max_shrink: 9% }\n"
      "outcomes:\n"
      "  opportunities:\n"
      "    - { hubspot: deals.csv, map: { amount: { column: Volume, times: 1000 }, created: { column: A, read: "
      "date-dmy } } }\n"
      "    - { hubspot: { token_file: t } }\n"
      "    - { salesforce: { login: https://a.example, client_id_file: i, client_secret_file: s, soql: SELECT "
      "Id FROM Opportunity }, timeout: 7s }\n"
      "  stages: { won: [Closed Won, closedwon], lost: Closed Lost, ignore: [Duplicate] }\n"
      "  types: { renewal: [Renewal], expansion: [Upsell, upsell] }\n"
      "  currency: EUR\n  window: 90d\n  since: 2026-11-01\n  winsorise: 500000.5\n"
      "  adjust: pipeline-before\n"
      "primary: { outcome: opportunity, since: 2026-11-01T02:00+02:00 }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  ASSERT_TRUE(site->outcomes.has_value());
  const OutcomesInput& outcomes = *site->outcomes;
  ASSERT_EQ(outcomes.sources.size(), 3u);
  EXPECT_EQ(outcomes.sources[0].kind, SourceKind::kHubspot);
  EXPECT_EQ(outcomes.sources[0].from, folder_ / "deals.csv");
  ASSERT_EQ(outcomes.sources[0].map.size(), 2u);
  EXPECT_EQ(outcomes.sources[0].map[0].times, 1000);
  EXPECT_EQ(outcomes.sources[0].map[1].read, "date-dmy");
  ASSERT_TRUE(outcomes.sources[1].live.has_value());
  EXPECT_EQ(outcomes.sources[1].live->name, "hubspot-opportunities");
  EXPECT_TRUE(outcomes.sources[1].live->opportunities);
  EXPECT_EQ(outcomes.sources[1].live->timeout_seconds, 5);
  EXPECT_EQ(outcomes.sources[1].live->max_shrink_percent, 9u);
  EXPECT_EQ(outcomes.sources[1].from, folder_ / "data/live/hubspot-opportunities.csv");
  EXPECT_EQ(outcomes.sources[2].live->timeout_seconds, 7);
  EXPECT_FALSE(site->accounts.merge.sources[0].live->opportunities);
  using Word = std::pair<std::string, std::string>;
  EXPECT_THAT(outcomes.stages, ElementsAre(Word("Closed Won", "won"), Word("closedwon", "won"),
                                           Word("Closed Lost", "lost"), Word("Duplicate", "ignore")));
  EXPECT_THAT(outcomes.types, ElementsAre(Word("Renewal", "renewal"), Word("Upsell", "expansion")));
  EXPECT_EQ(outcomes.currency, "EUR");
  EXPECT_EQ(outcomes.window_days, 90u);
  EXPECT_TRUE(outcomes.window_declared);
  EXPECT_EQ(outcomes.since, 1793491200);
  EXPECT_EQ(outcomes.winsorise, 500000.5);
  EXPECT_EQ(outcomes.adjust, AdjustBy::kPipelineBefore);
  ASSERT_TRUE(site->primary.has_value());
  EXPECT_EQ(site->primary->goal, "");
  EXPECT_EQ(site->primary->outcome, "opportunity");
  EXPECT_EQ(site->primary->since, 1793491200);
  EXPECT_EQ(site->primary->at.line, 18u);
}

TEST_F(SiteFile, HasNoOutcomesUnlessTheyAreNamedAndDefaultsForThem) {
  const auto older = load(kMinimal);
  ASSERT_TRUE(older.has_value()) << diagnostics_.format();
  EXPECT_FALSE(older->outcomes.has_value());
  EXPECT_FALSE(older->primary.has_value());
  const auto site = load(std::string(kMinimal) +
                         "outcomes: { stages: ~ }\nprimary: { goal: '/demo/**', since: 2026-11-01 }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_EQ(site->outcomes->window_days, 180u);
  EXPECT_FALSE(site->outcomes->window_declared);
  EXPECT_FALSE(site->outcomes->since.has_value());
  EXPECT_EQ(site->outcomes->adjust, AdjustBy::kNothing);
  EXPECT_EQ(site->primary->goal, "/demo/**");
}

TEST_F(SiteFile, ReportsAllErrorsOfOutcomesAtOnce) {
  EXPECT_THAT(
      errors_of(
          "abm: site/1\ndata: data\nrules: []\n"
          "accounts: { from: a.ndjson }\n"
          "outcomes:\n"
          "  opportunities:\n"
          "    - { csv: d.csv, map: { acount_id: A, name: { column: B, read: date } }, as: intent }\n"
          "    - { hubspt: d.csv }\n"
          "    - { csv: https://a.example/d.csv }\n"
          "    - { salesforce: { login: https://a.example, client_id_file: i, client_secret_file: s } }\n"
          "    - { csv: d.csv, map: { created: { column: A, read: number } } }\n"
          "  stages: { wons: [a], won: [Closed, ''], lost: [CLOSED] }\n"
          "  types: [Renewal]\n"
          "  currency: Euro\n"
          "  window: 6m\n"
          "  since: 2026-13-01\n"
          "  winsorise: -1\n"
          "  adjust: pipeline-befor\n"
          "  windw: 1d\n"
          "primary: { goal: demo, outcome: won }\n"),
      ::testing::UnorderedElementsAre(
          "7:28: unknown field 'acount_id' of an opportunity, did you mean 'account_id'?",
          "7:67: 'read' belongs to a date, which 'name' is not",
          "7:77: unknown key 'as' in a source of opportunities",
          "8:9: unknown key 'hubspt' in a source of opportunities, did you mean 'hubspot'?",
          "8:7: a source of opportunities names one of csv, hubspot, salesforce, demandbase",
          "9:14: 'https://a.example/d.csv' must be a file, or what it takes to ask: hubspot: { token_file: … }",
          "10:21: salesforce needs 'soql': the query, SELECT Id, AccountId, StageName, Amount, CreatedDate … "
          "FROM Opportunity",
          "11:56: read 'number' is not one of date, date-dmy, date-mdy",
          "12:13: unknown key 'wons' in stages, did you mean 'won'?",
          "12:38: a word of stages must not be empty",
          "12:50: 'CLOSED' is won and lost: in stages, a word means one thing",
          "13:10: types must be a mapping with the keys new, expansion, renewal, ignore",
          "14:13: currency must be three capitals of ISO 4217, such as EUR, not 'Euro'",
          "15:11: window must be a number of days from 1d to 1095d, such as 180d, not '6m'",
          "16:10: since must be a day such as 2026-11-01 (from its start in UTC), or a moment with its offset "
          "such as 2026-11-01T08:00-04:00, not '2026-13-01'",
          "17:14: winsorise must be an amount above 0, such as 500000, not '-1'",
          "18:11: adjust 'pipeline-befor' is neither pipeline-before nor visits-before, did you mean "
          "'pipeline-before'?",
          "19:3: unknown key 'windw' in outcomes, did you mean 'window'?",
          "20:10: primary names one 'goal', the path of a page such as /demo, or one 'outcome': opportunity, "
          "amount, won, won_amount",
          "20:10: primary needs 'since': the day when it was decided, such as 2026-11-01"));
}

TEST_F(SiteFile, RefusesAPrimaryGoalThatNothingCanReach) {
  const auto error = [&](std::string_view primary) {
    diagnostics_ = {};
    EXPECT_FALSE(load(fmt::format("{}primary: {}\n", kMinimal, primary)));
    const std::string text = diagnostics_.first_error();
    return text.substr(text.find(": ") + 2);
  };
  EXPECT_THAT(error("{ goal: demo, since: 2026-11-01 }"), HasSubstr("goal 'demo' "));
  EXPECT_EQ(error("{ outcome: opportunities, since: 2026-11-01 }"),
            "outcome 'opportunities' is not one of opportunity, amount, won, won_amount, did you mean "
            "'opportunity'?");
  EXPECT_EQ(error("/demo"), "primary must be a mapping with the keys goal, outcome, since");
}

TEST_F(SiteFile, NamesSourcesOfOpportunitiesBesideThoseOfAccounts) {
  EXPECT_THAT(errors_of("abm: site/1\ndata: data\ntenant: t\nrules: []\n"
                        "accounts: { sources: [ { hubspot: { token_file: t }, name: crm } ] }\n"
                        "outcomes: { opportunities: [ { hubspot: { token_file: t }, name: crm } ] }\n"),
              ElementsAre("6:30: the name 'crm' is that of the source in line 5, too: what is kept of each "
                          "has its name"));
}

TEST_F(SiteFile, ReadsEngagementAndWhatMovesAccounts) {
  const auto site = load(
      std::string(kMinimal) +
      "engagement:\n"
      "  visits: [ /var/log/nginx/abm-visits.jsonl* ]\n"
      "  half_life: 7d\n"
      "  points: { page: 2, 'path:/pricing': 5, 'path:/demo/**': 10, 'signal:pricing-visit': 8, person: 3 }\n"
      "  most_per_person_day: 30\n  every: 5m\n  roll_up: true\n  fresh: [ engagement, first_seen_days ]\n"
      "stages:\n"
      "  - { name: sales-ready, when: { engagement: { min: 60 }, intent: { min: 60 } }, hold: 14d, override: "
      "true }\n"
      "  - { name: aware, when: { engagement: { min: 1 } } }\n"
      "tiers:\n"
      "  - { promote: one-to-few, when: { intent: { min: 80 } }, for: 30d, at_most: 50 }\n"
      "  - { demote: one-to-many, when: { engagement: { max: 0 } }, keep: [ one-to-one, '1:few' ] }\n"
      "plays:\n  - { name: stalled-rescue, when: { stage: opportunity }, hold: 2d }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  ASSERT_TRUE(site->engagement.has_value());
  const EngagementInput& engagement = *site->engagement;
  EXPECT_THAT(engagement.visits, ElementsAre("/var/log/nginx/abm-visits.jsonl*"));
  EXPECT_FALSE(engagement.stream.has_value());
  EXPECT_EQ(engagement.half_life_days, 7u);
  EXPECT_EQ(engagement.points.page, 2u);
  EXPECT_EQ(engagement.points.person, 3u);
  ASSERT_EQ(engagement.points.paths.size(), 2u);
  EXPECT_EQ(engagement.points.paths[1].name, "/demo/**");
  EXPECT_EQ(engagement.points.paths[1].points, 10u);
  ASSERT_EQ(engagement.points.signals.size(), 1u);
  EXPECT_EQ(engagement.points.signals[0].name, "pricing-visit");
  EXPECT_EQ(engagement.most_per_person_day, 30u);
  EXPECT_EQ(engagement.every_seconds, 300);
  EXPECT_TRUE(engagement.roll_up);
  EXPECT_THAT(engagement.fresh,
              ElementsAre(accounts::NumberField::kEngagement, accounts::NumberField::kFirstSeenDays));
  ASSERT_EQ(site->moves.stages.size(), 2u);
  EXPECT_EQ(site->moves.stages[0].name, "sales-ready");
  EXPECT_EQ(site->moves.stages[0].hold_days, 14u);
  EXPECT_TRUE(site->moves.stages[0].override_feed);
  EXPECT_EQ(site->moves.stages[0].when.children.size(), 2u);
  EXPECT_EQ(site->moves.stages[1].hold_days, 0u);
  EXPECT_FALSE(site->moves.stages[1].override_feed);
  ASSERT_EQ(site->moves.tiers.size(), 2u);
  EXPECT_TRUE(site->moves.tiers[0].promote);
  EXPECT_EQ(site->moves.tiers[0].tier, accounts::Tier::kOneToFew);
  EXPECT_EQ(site->moves.tiers[0].hold_days, 30u);
  EXPECT_EQ(site->moves.tiers[0].at_most, 50u);
  EXPECT_FALSE(site->moves.tiers[1].promote);
  EXPECT_THAT(site->moves.tiers[1].keep, ElementsAre(accounts::Tier::kOneToOne, accounts::Tier::kOneToFew));
  ASSERT_EQ(site->moves.plays.size(), 1u);
  EXPECT_EQ(site->moves.plays[0].hold_days, 2u);
}

TEST_F(SiteFile, ReadsVisitsFromAStreamAndHasDefaultsForEngagement) {
  EXPECT_FALSE(load(kMinimal)->engagement.has_value());
  const auto site = load(std::string(kMinimal) +
                         "engagement: { visits: { nats: [nats://a:4222, tls://b], stream: abm-visits, creds: "
                         "abm.creds } }\nstages: ~\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  const EngagementInput& engagement = *site->engagement;
  ASSERT_TRUE(engagement.stream.has_value());
  EXPECT_THAT(engagement.stream->servers, ElementsAre("nats://a:4222", "tls://b"));
  EXPECT_EQ(engagement.stream->stream, "abm-visits");
  EXPECT_EQ(engagement.stream->creds, folder_ / "abm.creds");
  EXPECT_TRUE(engagement.visits.empty());
  EXPECT_EQ(engagement.half_life_days, 14u);
  EXPECT_EQ(engagement.points.page, 1u);
  EXPECT_EQ(engagement.points.person, 0u);
  EXPECT_EQ(engagement.most_per_person_day, 20u);
  EXPECT_EQ(engagement.every_seconds, 60);
  EXPECT_FALSE(engagement.roll_up);
  EXPECT_TRUE(engagement.fresh.empty());
  EXPECT_TRUE(site->moves.empty());
}

TEST_F(SiteFile, ReportsAllErrorsOfEngagementAtOnce) {
  EXPECT_THAT(
      errors_of("abm: site/1\ndata: data\nrules: []\naccounts: { from: a.ndjson }\n"
                "engagement:\n"
                "  visits: { nats: http://a, user: u }\n"
                "  half_life: 2w\n"
                "  points: { pages: 1, 'path:demo': 2, 'signal:': 1, person: 1001 }\n"
                "  most_per_person_day: 0\n"
                "  evry: 1m\n"
                "stages:\n"
                "  - { name: a, when: { path: /demo }, hold: 14 }\n"
                "  - { name: A, when: { intent: { min: 1 } } }\n"
                "  - { when: { intnt: 3 } }\n"
                "tiers:\n"
                "  - { promote: one-to-none, when: {}, keep: [one-to-one] }\n"
                "  - { demote: one-to-one, when: {} }\n"
                "  - { when: {} }\n"
                "plays: rescue\n"),
      ::testing::UnorderedElementsAre(
          "6:19: nats must be a nats:// or tls:// URL, not 'http://a'",
          "6:11: visits needs 'stream': the JetStream stream that abmctl ship fills",
          "7:14: half_life must be a number of days from 1d to 365d, such as 14d, not '2w'",
          "8:13: unknown key 'pages' in points: one of page, person, path:GLOB, signal:NAME, did you mean "
          "'page'?",
          HasSubstr("8:23: path 'demo' "), "8:39: signal '' names no signal",
          "8:61: person must be a number from 0 to 1000, not '1001'",
          "9:24: most_per_person_day must be a number from 1 to 1000, not '0'",
          "10:3: unknown key 'evry' in engagement, did you mean 'every'?",
          "12:24: field 'path' is not about the account: a segment cannot test it, a rule's 'when' can",
          "12:45: hold must be a number of days from 0d to 365d, such as 14d, not '14'",
          "14:5: a stage needs 'name'", HasSubstr("14:15: unknown field 'intnt'"),
          "16:16: promote must be one-to-one, one-to-few, one-to-many or untiered, not 'one-to-none'",
          "16:45: 'keep' belongs to 'demote'",
          "17:15: no tier is above 'one-to-one': name the tier that accounts fall to",
          "18:5: a tier move names one tier, as promote or demote",
          "19:8: plays must be a list of '{ name: …, when: … }'"));
}

TEST_F(SiteFile, RefusesEngagementThatNoAccountCanHave) {
  EXPECT_THAT(
      errors_of(
          std::string(kMinimal) +
          "engagement: { visits: v }\n"
          "stages:\n"
          "  - { name: hot, when: { any: [ { engagement: { min: 100 } }, { engagement: { min: 600 } } ] } }\n"),
      ElementsAre(HasSubstr("engagement is 100 at most, and never 600")));
}

TEST_F(SiteFile, RefusesAStreamAmongLogs) {
  EXPECT_THAT(errors_of(std::string(kMinimal) +
                        "engagement: { visits: [ a.jsonl, { nats: nats://a:4222, stream: s } ] }\n"),
              ElementsAre(HasSubstr("visits is a list of logs, or one stream in place of it")));
}

TEST_F(SiteFile, RefusesMovesThatNothingTellsApartOrFeeds) {
  EXPECT_THAT(errors_of(std::string(kMinimal) +
                        "engagement: { visits: v }\nplays: [ { name: \"a\\tb\", when: {} } ]\n"),
              ElementsAre(HasSubstr("control character")));
  EXPECT_THAT(errors_of(std::string(kMinimal) + "stages: [ { name: a, when: {} } ]\n"),
              ElementsAre("5:9: 'stages' needs 'engagement': where visits are logged, and what they count"));
  EXPECT_THAT(
      errors_of(std::string(kMinimal) +
                "engagement: { visits: v }\nplays: [ { name: a, when: {} }, { name: A, when: {} } ]\n"),
      ElementsAre("6:33: 'A' is the name of the entry in line 6, too: join their conditions with "
                  "'any'"));
}

TEST_F(SiteFile, KeepsVisitsForAsLongAsTheyCountUnlessToldOtherwise) {
  const auto kept = [this](const std::string& engagement, const std::string& moves = "") {
    const auto site = load(std::string(kMinimal) + "engagement: { visits: v" + engagement + " }\n" + moves);
    EXPECT_TRUE(site.has_value()) << diagnostics_.format();
    return site.has_value() ? site->engagement->keep_days : 0;
  };
  EXPECT_EQ(kept(""), 400u);
  EXPECT_EQ(kept(", keep: 200d"), 200u);
  EXPECT_EQ(
      kept(", half_life: 50d",
           "stages: [ { name: a, when: {}, hold: 20d }, { name: b, when: {}, hold: 30d } ]\n"
           "tiers: [ { promote: 1:few, when: {}, for: 7d } ]\nplays: [ { name: c, when: {}, hold: 2d } ]\n"),
      540u);
  EXPECT_THAT(errors_of(std::string(kMinimal) + "engagement: { visits: v, keep: 59d }\n"),
              ElementsAre("5:32: keep must be a number of days from 60d to 5000d, such as 60d, not '59d'"));
  EXPECT_THAT(
      errors_of(std::string(kMinimal) + "engagement: { visits: v, half_life: 5d, keep: 60d }\n"
                                        "tiers: [ { demote: untiered, when: {}, for: 60d } ]\n"),
      ElementsAre("5:47: keep 60d is too short for a hold of 60d: what happened then is deleted before it is "
                  "over; keep at least 61d, or hold for fewer days"));
  EXPECT_EQ(kept(", half_life: 10d, keep: 100d"), 100u);
  EXPECT_THAT(
      diagnostics_.format(),
      HasSubstr("points count for ten half-lives, 100d, but visits are kept for 100d: what is older counts "
                "nothing; keep 101d, or take a half_life of 9d"));
}

TEST_F(SiteFile, HasDefaultsForWhatIsNotNamed) {
  const auto site = load(kMinimal);
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_EQ(site->accounts.from, folder_ / "accounts.ndjson");
  EXPECT_EQ(site->accounts.every_seconds, 30);
  EXPECT_EQ(site->accounts.max_shrink_percent, 50u);
  EXPECT_EQ(site->max_shrink_percent, 50u);
  EXPECT_FALSE(site->tests.has_value());
  EXPECT_EQ(site->accounts.proxy, "");
  EXPECT_EQ(site->accounts.ca, "");
  EXPECT_EQ(site->accounts.timeout_seconds, 20);
  EXPECT_EQ(site->accounts.max_bytes, 1u << 30);
  EXPECT_TRUE(site->networks.empty());
  EXPECT_EQ(site->keep.count, 10u);
  EXPECT_EQ(site->keep.days, 0u);
  EXPECT_EQ(site->keep.bytes, 0u);
  EXPECT_EQ(site->max_as_addresses, 1u << 22);
}

TEST_F(SiteFile, LimitsTheLossOfRulesAndAccountsUnlessAccountsHasItsOwnLimit) {
  const auto with = [&](std::string_view accounts, std::string_view more) {
    const auto site = load(
        fmt::format("abm: site/1\ndata: data\naccounts: {{ from: a{} }}\nrules: []\n{}", accounts, more));
    EXPECT_TRUE(site.has_value()) << diagnostics_.format();
    return std::pair(site->accounts.max_shrink_percent, site->max_shrink_percent);
  };
  using Limits = std::pair<std::optional<uint32_t>, std::optional<uint32_t>>;
  EXPECT_EQ(with("", ""), (Limits{50, 50}));
  EXPECT_EQ(with("", "max_shrink: 20%\n"), (Limits{20, 20}));
  EXPECT_EQ(with(", max_shrink: 5%", ""), (Limits{5, 50}));
  EXPECT_EQ(with(", max_shrink: 5%", "max_shrink: 20%\n"), (Limits{5, 20}));
  EXPECT_EQ(with("", "max_shrink: ~\n"), (Limits{std::nullopt, std::nullopt}));
  EXPECT_EQ(with(", max_shrink: ~", "max_shrink: 20%\n"), (Limits{std::nullopt, 20}));
}

TEST_F(SiteFile, KeepsByNumberOrByNumberDaysAndSize) {
  const auto kept = [&](std::string_view keep) {
    const auto site = load(std::string(kMinimal) + "keep: " + std::string(keep) + "\n");
    EXPECT_TRUE(site.has_value()) << diagnostics_.format();
    return std::tuple(site->keep.count, site->keep.days, site->keep.bytes);
  };
  EXPECT_EQ(kept("7"), std::tuple(7u, 0u, 0u));
  EXPECT_EQ(kept("{ count: 5, days: 30 }"), std::tuple(5u, 30u, 0u));
  EXPECT_EQ(kept("{ days: 90, size: 20G }"), std::tuple(10u, 90u, uint64_t{20} << 30));
  EXPECT_THAT(
      errors_of(std::string(kMinimal) + "keep: { count: 0, days: 3651, size: 5, weeks: 1 }\n"),
      ::testing::UnorderedElementsAre(
          "5:40: unknown key 'weeks' in keep", "5:16: count must be a number from 1 to 10000, not '0'",
          "5:25: days must be a number from 0 to 3650, not '3651'",
          "5:37: size must be a size such as 512K, 64M or 2G, at most 1048576G, not '5'"));
}

TEST_F(SiteFile, ReportsAllErrorsAtOnceWithTheirPlaces) {
  EXPECT_THAT(
      errors_of("abm: site/2\n"
                "dta: data\n"
                "accounts: { form: x, every: 30, max_shrink: 101%, verify_key: [a] }\n"
                "networks:\n"
                "  - { csv: a, asn: b }\n"
                "  - { mmdb: a, match: domian }\n"
                "  - { csv: a, key: b }\n"
                "rules: rules/*.yaml\n"
                "keep: 0\n"
                "max_as_addresses: many\n"),
      ::testing::UnorderedElementsAre(
          "1:1: 'data' is missing", "1:6: abm is 'site/2', this version reads site/1",
          "2:1: unknown key 'dta' in site.yaml, did you mean 'data'?",
          "3:13: unknown key 'form' in accounts, did you mean 'from'?",
          "3:11: accounts needs 'from': a file or an https:// address; or 'sources': exports that are merged",
          "3:29: every must be a time such as 30s, 5m, 2h or 1d, at most 30d, not '30'",
          "3:45: max_shrink must be a share from 0% to 100%, such as 50%, not '101%'",
          "3:63: verify_key must be text",
          "5:5: a network source names exactly one file, as asn, as_numbers, mmdb, csv or exclude",
          "6:5: an mmdb source needs 'key'",
          "6:23: match 'domian' is not one of domain, asn, organization, id, did you mean 'domain'?",
          "7:20: 'key' belongs to an mmdb source", "8:8: rules must be a list",
          "9:7: keep must be a number from 1 to 10000, not '0'",
          "10:19: max_as_addresses must be a number from 1 to 4294967295, not 'many'"));
}

TEST_F(SiteFile, NamesSamplePages) {
  const auto site = load(std::string(kMinimal) +
                         "pages:\n  - { url: /, file: samples/home.html }\n"
                         "  - { url: 'https://www.acme.example/a%20b?x=1', file: /tmp/b.html }\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  ASSERT_EQ(site->pages.size(), 2u);
  EXPECT_EQ(site->pages[0].url, "/");
  EXPECT_EQ(site->pages[0].file, folder_ / "samples/home.html");
  EXPECT_EQ(site->pages[0].at.line, 6u);
  EXPECT_EQ(site->pages[1].file, "/tmp/b.html");
  EXPECT_TRUE(load(std::string(kMinimal) + "pages: ~\n").has_value());
  EXPECT_THAT(
      errors_of(
          std::string(kMinimal) +
          "pages:\n  - { url: /, file: a.html }\n  - { url: /, file: b.html }\n"
          "  - { url: pricing, file: a.html }\n  - { url: /b }\n  - { url: /c, fil: c.html }\n  - /d\n"),
      ElementsAre("7:12: page '/' is already named in line 6", HasSubstr("8:12: url 'pricing'"),
                  HasSubstr("9:5: a page needs 'url' and 'file'"), HasSubstr("10:16: unknown key 'fil'"),
                  HasSubstr("10:5: a page needs 'url' and 'file'"),
                  HasSubstr("11:5: a page must be a mapping")));
  std::string many = std::string(kMinimal) + "pages:\n";
  for (int i = 0; i < 201; ++i) many += fmt::format("  - {{ url: /{}, file: a.html }}\n", i);
  EXPECT_THAT(errors_of(many), ElementsAre("206:5: more than 200 pages: choose those that differ"));
}

TEST_F(SiteFile, RefusesInvalidSizes) {
  for (const char* size : {"1", "0M", "M", "1T", "5G", "-1M", "1 M", "99999999999999999999G"}) {
    EXPECT_THAT(errors_of(std::string("abm: site/1\ndata: data\nrules: []\naccounts: { from: a, max_size: ") +
                          size + " }\n"),
                ::testing::ElementsAre(
                    std::string("4:32: max_size must be a size such as 512K, 64M or 2G, at most 4G, not '") +
                    size + "'"));
  }
}

TEST_F(SiteFile, RefusesWhatIsNotAMappingAndWhatCannotBeRead) {
  EXPECT_FALSE(load("").has_value());
  EXPECT_FALSE(load("- a\n").has_value());
  EXPECT_FALSE(load("a: [\n").has_value());
  Diagnostics missing;
  EXPECT_FALSE(load_site(folder_ / "none.yaml", missing).has_value());
  EXPECT_THAT(missing.first_error(), HasSubstr("none.yaml: no such file or directory"));
}

TEST_F(SiteFile, IsFoundInAnyFolderAbove) {
  write_text(folder_ / "site.yaml", kMinimal);
  std::filesystem::create_directories(folder_ / "a/b");
  EXPECT_EQ(find_site(folder_ / "a/b"), folder_ / "site.yaml");
  EXPECT_EQ(find_site(folder_.path()), folder_ / "site.yaml");
  std::filesystem::remove(folder_ / "site.yaml");
  EXPECT_FALSE(find_site(folder_ / "a/b").has_value());
}

TEST_F(SiteFile, WarnsOfFilesThatEndLikeYamlInAnotherWay) {
  std::filesystem::create_directories(folder_ / "rules");
  for (const char* name :
       {"rules/a.yaml", "rules/b.yml", "rules/C.YAML", "rules/d.yml.bak", "one.yml", "two.yml"})
    write_text(folder_ / name, "");
  const auto site = load(
      "abm: site/1\ndata: data\naccounts: { from: a }\nrules: [rules/*.yaml, one.yaml, '*.yml', two.yml]\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  Diagnostics found;
  warn_of_missed_files(*site, {"one.yml", "rules/a.yaml", "two.yml"}, found);
  EXPECT_EQ(found.warnings(), 2u) << found.format();
  EXPECT_THAT(found.format(), HasSubstr("site.yaml:4:9: "));
  EXPECT_THAT(found.format(),
              HasSubstr("rules/b.yml is not read: 'rules/*.yaml' names files that end in .yaml; "
                        "rename it, or add 'rules/*.yml' to rules"));
  EXPECT_THAT(found.format(), HasSubstr("rules/C.YAML is not read"));
  Diagnostics of_a_name;
  warn_of_missed_files(*site, {"rules/a.yaml", "rules/b.yml", "rules/C.YAML", "two.yml"}, of_a_name);
  EXPECT_THAT(of_a_name.format(), HasSubstr("one.yml is not read: 'one.yaml' names files that end in .yaml"));
}

}  // namespace
}  // namespace abm::generation
