#include "connect/live/hubspot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = LiveAnswer::Kind;

/// As the documentation of the endpoint shows it; made-up companies.
constexpr std::string_view kCompanies = R"({"results":[
 {"id":"512","properties":{"createdate":"2026-01-02T10:00:00Z","domain":"deere.com","hs_object_id":"512","name":"Deere & Company","numberofemployees":"83000","industry":"MACHINERY"},
  "createdAt":"2026-01-02T10:00:00Z","updatedAt":"2026-11-01T08:00:00.123Z","archived":false},
 {"id":"513","properties":{"name":"Müller, \"Söhne\"","domain":null,"numberofemployees":"","industry":"=1+1"},"archived":false}],
 "paging":{"next":{"after":"514","link":"https://api.hubapi.com/crm/v3/objects/companies?after=514"}}})";

class Hubspot : public ::testing::Test {
 protected:
  Hubspot() {
    settings_.properties = {"name", "domain", "hs_object_id", "numberofemployees", "industry", "name"};
    api_ = std::make_unique<HubspotApi>(settings_, "pat-na1-secret");
    api_->begin(std::nullopt);
  }
  LiveAnswer take(std::string_view body, long status = 200) {
    page_ = {};
    HttpReply reply;
    reply.status = status;
    return api_->take(reply, body, page_);
  }

  LiveSettings settings_;
  std::unique_ptr<HubspotApi> api_;
  LivePage page_;
};

TEST_F(Hubspot, AsksForPagesOfCompanies) {
  EXPECT_THAT(api_->columns(), ElementsAre("Record ID", "name", "domain", "numberofemployees", "industry"));
  const HttpRequest first = api_->next();
  EXPECT_EQ(first.url,
            "https://api.hubapi.com/crm/v3/objects/companies?limit=100&archived=false&properties="
            "name%2Cdomain%2Cnumberofemployees%2Cindustry");
  EXPECT_FALSE(first.post.has_value());
  EXPECT_THAT(first.headers, ElementsAre("Authorization: Bearer pat-na1-secret", "Accept: application/json"));
  EXPECT_EQ(take(kCompanies).kind, Kind::kMore);
  EXPECT_THAT(api_->next().url, HasSubstr("industry&after=514"));
  ASSERT_EQ(page_.rows.size(), 2u);
  EXPECT_EQ(page_.rows[0].line, "512,Deere & Company,deere.com,83000,MACHINERY\n");
  EXPECT_EQ(page_.rows[1].line, "513,\"Müller, \"\"Söhne\"\"\",,,\"'=1+1\"\n");
  EXPECT_EQ(take(R"({"results":[]})").kind, Kind::kDone);
}

TEST_F(Hubspot, AsksForKnownPropertiesIfNoneAreNamed) {
  const HubspotApi api(LiveSettings{}, "t");
  EXPECT_EQ(api.columns().size(), 12u);
  EXPECT_EQ(api.columns()[1], "name");
}

TEST_F(Hubspot, AsksForDealsWithTheirCompanies) {
  LiveSettings settings;
  settings.opportunities = true;
  settings.properties = {"dealname", "amount"};
  HubspotApi api(settings, "t");
  api.begin(std::nullopt);
  EXPECT_THAT(api.columns(), ElementsAre("Record ID", "dealname", "amount", "Associated Company IDs"));
  EXPECT_EQ(
      api.next().url,
      "https://api.hubapi.com/crm/v3/objects/deals?limit=100&archived=false&associations=companies&properties="
      "dealname%2Camount");
  EXPECT_NE(api.why_whole(), "");
  EXPECT_EQ(api.noun(), "deal");
  HttpReply reply;
  reply.status = 200;
  LivePage page;
  // Each association comes once for each of its labels; "deal_to_company" is the primary one's.
  EXPECT_EQ(api.take(reply, R"({"results":[
    {"id":"1","properties":{"dealname":"A","amount":"5.5"},"associations":{"companies":{"results":[
      {"id":"102","type":"deal_to_company_unlabeled"},{"id":"101","type":"deal_to_company"},
      {"id":"101","type":"deal_to_company_unlabeled"}]}}},
    {"id":"2","properties":{"dealname":"B","amount":null},"associations":{"companies":{"results":[
      {"id":"103","type":"deal_to_company_unlabeled"},{"id":"104","type":"deal_to_company_unlabeled"},
      {"id":"103","type":"partner"}]}}},
    {"id":"3","properties":{}},{"id":"4","properties":{},"associations":{}}]})",
                     page)
                .kind,
            Kind::kDone);
  ASSERT_EQ(page.rows.size(), 4u);
  EXPECT_EQ(page.rows[0].line, "1,A,5.5,101\n");
  EXPECT_EQ(page.rows[1].line, "2,B,,\"103;104\"\n");
  EXPECT_EQ(page.rows[2].line, "3,,,\n");
  EXPECT_EQ(page.rows[3].line, "4,,,\n");
  LivePage none;
  for (const char* bad :
       {R"([{"id":"1","properties":{},"associations":{"companies":{}}}])",
        R"([{"id":"1","properties":{},"associations":{"companies":{"results":[{"id":"x"}]}}}])",
        R"([{"id":"1","properties":{},"associations":{"companies":{"results":[7]}}}])"}) {
    const LiveAnswer answer = api.take(reply, fmt::format(R"({{"results":{}}})", bad), none);
    EXPECT_EQ(answer.kind, Kind::kRefused) << bad;
    EXPECT_THAT(answer.why, HasSubstr("of deal 1")) << bad;
  }
  reply.status = 403;
  EXPECT_THAT(api.take(reply, "{}", none).why,
              HasSubstr("crm.objects.deals.read and crm.objects.companies.read"));
}

TEST_F(Hubspot, AsksForKnownPropertiesOfDeals) {
  LiveSettings settings;
  settings.opportunities = true;
  const HubspotApi deals(settings, "t");
  EXPECT_EQ(deals.columns().size(), 15u);
  EXPECT_THAT(deals.columns(), ::testing::Contains("amount_in_home_currency"));
  EXPECT_NE(deals.described(), HubspotApi(LiveSettings{}, "t").described());
  EXPECT_NE(source_hash(settings), source_hash(LiveSettings{}));
}

TEST_F(Hubspot, TellsAnotherQuestionAndAnotherTokenApart) {
  LiveSettings other = settings_;
  other.properties.emplace_back("country");
  EXPECT_NE(api_->described(), HubspotApi(other, "pat-na1-secret").described());
  EXPECT_NE(api_->described(), HubspotApi(settings_, "pat-na1-other").described());
  EXPECT_EQ(api_->described(), HubspotApi(settings_, "pat-na1-secret").described());
  EXPECT_EQ(api_->described().find("secret"), std::string::npos);
}

TEST_F(Hubspot, SearchesForChangesById) {
  api_->begin(1'795'888'800);
  const HttpRequest first = api_->next();
  EXPECT_EQ(first.url, "https://api.hubapi.com/crm/v3/objects/companies/search");
  EXPECT_EQ(
      *first.post,
      R"({"filterGroups":[{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"1795888800000"}]}],)"
      R"("sorts":["hs_object_id"],"properties":["name","domain","numberofemployees","industry"],"limit":100,"after":"0"})");
  std::string body = R"({"total":101,"results":[)";
  for (int id = 1; id <= 100; ++id)
    body += fmt::format(R"({}{{"id":"{}","properties":{{"name":"c{}"}},"archived":{}}})", id == 1 ? "" : ",",
                        id, id, id == 7);
  EXPECT_EQ(take(body + "]}").kind, Kind::kMore);
  EXPECT_EQ(page_.rows.size(), 99u);
  EXPECT_THAT(page_.gone, ElementsAre("7"));
  EXPECT_THAT(*api_->next().post,
              HasSubstr(R"({"propertyName":"hs_object_id","operator":"GT","value":"100"})"));
  EXPECT_EQ(take(R"({"total":1,"results":[{"id":"101","properties":{}}]})").kind, Kind::kDone);
}

TEST_F(Hubspot, ReadsEverythingWhereASearchCannotTell) {
  api_->begin(1'795'888'800);
  LiveAnswer answer = take(R"({"total":10001,"results":[]})");
  EXPECT_EQ(answer.kind, Kind::kWhole);
  EXPECT_EQ(answer.why, "10001 companies changed, and a search tells 10000");
  api_->begin(1'795'888'800);
  answer = take(R"({"total":2,"results":[{"id":"9","properties":{}},{"id":"8","properties":{}}]})");
  EXPECT_EQ(answer.kind, Kind::kWhole);
  EXPECT_EQ(answer.why, "the search does not sort by hs_object_id");
  api_->begin(1'795'888'800);
  EXPECT_EQ(take("{}", 400).kind, Kind::kWhole);
}

TEST_F(Hubspot, SaysWhatToDoAboutARefusal) {
  LiveAnswer answer = take(
      R"({"status":"error","message":"Authentication credentials not found.","category":"INVALID_AUTHENTICATION"})",
      401);
  EXPECT_EQ(answer.kind, Kind::kRefused);
  EXPECT_THAT(
      answer.why,
      HasSubstr(
          "the server answers 401 (not authorized): 'INVALID_AUTHENTICATION: Authentication credentials not found.': the token in"));
  answer = take(
      R"({"category":"MISSING_SCOPES","message":"This app hasn't been granted all required scopes"})", 403);
  EXPECT_THAT(answer.why, HasSubstr("the token needs the scope crm.objects.companies.read"));
  answer = take("<html>", 404);
  EXPECT_EQ(answer.why, "the server answers 404 (not found)");
  EXPECT_EQ(take("", 302).kind, Kind::kRefused);
}

TEST_F(Hubspot, WaitsForItsLimits) {
  EXPECT_EQ(take("", 429).kind, Kind::kLater);
  EXPECT_FALSE(take("", 429).retry_after.has_value());
  EXPECT_EQ(take("", 502).kind, Kind::kLater);
  EXPECT_EQ(take(R"({"errorType":"RATE_LIMIT","policyName":"DAILY"})", 429).retry_after,
            std::chrono::hours(1));
  HttpReply reply;
  reply.headers = {{"x-hubspot-ratelimit-daily", "250000"}, {"x-hubspot-ratelimit-daily-remaining", "20000"}};
  EXPECT_EQ(api_->usage(reply).percent(), 92u);
  reply.headers = {{"x-hubspot-ratelimit-daily", "10"}, {"x-hubspot-ratelimit-daily-remaining", "20"}};
  EXPECT_EQ(api_->usage(reply).total, 0u);
}

TEST_F(Hubspot, RefusesWhatIsNotDocumented) {
  for (const std::string body :
       {R"([])", R"({})", R"({"results":{}})", R"({"results":[1]})", R"({"results":[{"properties":{}}]})",
        R"({"results":[{"id":7,"properties":{}}]})", R"({"results":[{"id":"","properties":{}}]})",
        R"({"results":[{"id":"x","properties":{}}]})", R"({"results":[{"id":"-1","properties":{}}]})",
        R"({"results":[{"id":"99999999999999999999999","properties":{}}]})", R"({"results":[{"id":"1"}]})",
        R"({"results":[{"id":"1","properties":{"name":{"a":1}}}]})", R"({"results":[],"paging":{"next":{}}})",
        R"({"results":[],"paging":{"next":{"after":5}}})",
        R"({"results":[],"paging":{"next":{"after":""}}})"}) {
    api_->begin(std::nullopt);
    EXPECT_EQ(take(body).kind, Kind::kRefused) << body;
  }
  api_->begin(std::nullopt);
  const std::string again = R"({"results":[],"paging":{"next":{"after":"5"}}})";
  EXPECT_EQ(take(again).kind, Kind::kMore);
  EXPECT_EQ(take(again).kind, Kind::kRefused);
}

TEST_F(Hubspot, RefusesEveryAnswerThatIsCut) {
  for (size_t size = 0; size < kCompanies.size(); ++size) {
    api_->begin(std::nullopt);
    EXPECT_EQ(take(kCompanies.substr(0, size)).kind, Kind::kRefused) << size;
  }
}

TEST_F(Hubspot, SurvivesAnyByte) {
  std::string body(kCompanies);
  for (size_t i = 0; i < body.size(); ++i) {
    const char before = body[i];
    for (const char c : {'\0', '"', '{', ']', ',', '\xff', '9', '\\'}) {
      body[i] = c;
      api_->begin(i % 2 == 0 ? std::nullopt : std::optional<int64_t>(5));
      (void)take(body);
      for (const LiveRow& row : page_.rows) EXPECT_EQ(row.line.back(), '\n');
    }
    body[i] = before;
  }
}

}  // namespace
}  // namespace abm::connect
