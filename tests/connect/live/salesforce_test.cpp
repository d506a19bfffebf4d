#include "connect/live/salesforce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = LiveAnswer::Kind;

constexpr std::string_view kLogin =
    R"({"access_token":"00D!AQ.token","signature":"x","scope":"api","instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/00D/005","token_type":"Bearer","issued_at":"1796000000000"})";
/// As the documentation of the resource shows it; made-up accounts.
constexpr std::string_view kAccounts =
    R"({"totalSize":3,"done":false,"nextRecordsUrl":"/services/data/v60.0/query/01gD0000002HU6KIAW-2000","records":[
 {"attributes":{"type":"Account","url":"/services/data/v60.0/sobjects/Account/0015g00000abcDEAAY"},"Id":"0015g00000abcDEAAY","Name":"Deere & Company","AnnualRevenue":6.1251E10,"NumberOfEmployees":83000,"ABM__c":true,"Owner":{"attributes":{"type":"User"},"Email":"ann@acme.example"}},
 {"attributes":{"type":"Account"},"Id":"0015g00000abcDF","Name":null,"AnnualRevenue":0.5,"NumberOfEmployees":null,"ABM__c":false,"Owner":null}]})";

class Salesforce : public ::testing::Test {
 protected:
  Salesforce() {
    settings_.kind = LiveKind::kSalesforce;
    settings_.url = "https://acme.my.salesforce.com/";
    settings_.soql =
        "SELECT Name, Id, AnnualRevenue, NumberOfEmployees, ABM__c, Owner.Email FROM Account WHERE ABM__c = true";
    api_ = std::make_unique<SalesforceApi>(settings_, *parse_soql(settings_.soql),
                                           SalesforceSecrets{"id+1", "se/cret"});
    api_->begin(std::nullopt);
  }
  LiveAnswer take(std::string_view body, long status = 200) {
    page_ = {};
    HttpReply reply;
    reply.status = status;
    return api_->take(reply, body, page_);
  }
  void log_in() { ASSERT_EQ(take(kLogin).kind, Kind::kAgain); }

  LiveSettings settings_;
  std::unique_ptr<SalesforceApi> api_;
  LivePage page_;
};

TEST_F(Salesforce, LogsInAndAsksForPages) {
  const HttpRequest login = api_->next();
  EXPECT_EQ(login.url, "https://acme.my.salesforce.com/services/oauth2/token");
  EXPECT_EQ(*login.post, "grant_type=client_credentials&client_id=id%2B1&client_secret=se%2Fcret");
  EXPECT_THAT(login.headers,
              ElementsAre("Accept: application/json", "Content-Type: application/x-www-form-urlencoded"));
  log_in();
  const HttpRequest query = api_->next();
  EXPECT_THAT(
      query.url,
      StartsWith("https://acme.my.salesforce.com/services/data/v60.0/query/?q=SELECT%20Name%2C%20Id"));
  EXPECT_THAT(query.headers, ElementsAre("Accept: application/json", "Authorization: Bearer 00D!AQ.token"));
  EXPECT_EQ(take(kAccounts).kind, Kind::kMore);
  EXPECT_EQ(api_->next().url,
            "https://acme.my.salesforce.com/services/data/v60.0/query/01gD0000002HU6KIAW-2000");
  EXPECT_THAT(api_->columns(),
              ElementsAre("Id", "Name", "AnnualRevenue", "NumberOfEmployees", "ABM__c", "Owner.Email"));
  ASSERT_EQ(page_.rows.size(), 2u);
  EXPECT_EQ(page_.rows[0].line,
            "0015g00000abcDEAAY,Deere & Company,61251000000,83000,true,ann@acme.example\n");
  EXPECT_EQ(page_.rows[1].line, "0015g00000abcDFAAY,,0.5,,false,\n");
  EXPECT_EQ(take(R"({"totalSize":3,"done":true,"records":[]})").kind, Kind::kDone);
}

TEST_F(Salesforce, ReadsChangesInTwoQueries) {
  api_->begin(1'795'888'800);
  log_in();
  EXPECT_THAT(
      api_->next().url,
      HasSubstr(
          "/services/data/v60.0/queryAll/?q=SELECT%20Id%20FROM%20Account%20WHERE%20SystemModstamp%20%3E%3D%20"));
  EXPECT_EQ(
      take(
          R"({"totalSize":2,"done":true,"records":[{"Id":"0015g00000abcDEAAY"},{"Id":"0015g00000abcDFAAY"}]})")
          .kind,
      Kind::kMore);
  EXPECT_THAT(page_.gone, ElementsAre("0015g00000abcDEAAY", "0015g00000abcDFAAY"));
  EXPECT_THAT(api_->next().url, HasSubstr("/query/?q=SELECT%20Name"));
  EXPECT_THAT(
      api_->next().url,
      HasSubstr(
          "WHERE%20%28ABM__c%20%3D%20true%29%20AND%20SystemModstamp%20%3E%3D%202026-11-28T18%3A00%3A00Z"));
  EXPECT_EQ(take(R"({"totalSize":0,"done":true,"records":[]})").kind, Kind::kDone);
}

TEST_F(Salesforce, KnowsThatIdsOf15And18LettersAreTheSame) {
  EXPECT_EQ(salesforce_id("0015g00000abcDE"), "0015g00000abcDEAAY");
  EXPECT_EQ(salesforce_id("0015g00000abcDEAAY"), "0015g00000abcDEAAY");
  EXPECT_EQ(salesforce_id("001A0000006Vm9r"), "001A0000006Vm9rIAC");  // an example that is often shown
  for (const std::string_view bad :
       {"", "0015g00000abcD", "0015g00000abcDEAAYx", "0015g00000abc-E", "0015g00000abcDEA"})
    EXPECT_FALSE(salesforce_id(bad).has_value()) << bad;
}

TEST_F(Salesforce, TellsItsTokenToNoOtherServer) {
  const auto login_to = [&](std::string_view url) {
    api_ =
        std::make_unique<SalesforceApi>(settings_, *parse_soql(settings_.soql), SalesforceSecrets{"a", "b"});
    api_->begin(std::nullopt);
    return take(fmt::format(R"({{"access_token":"t","instance_url":"{}"}})", url)).kind;
  };
  EXPECT_EQ(login_to("https://acme--x.sandbox.my.salesforce.com"), Kind::kAgain);
  EXPECT_EQ(login_to("http://acme.my.salesforce.com"), Kind::kRefused);
  EXPECT_EQ(login_to("http://127.0.0.1/"), Kind::kRefused);
  EXPECT_EQ(login_to("https://u:p@acme.my.salesforce.com"), Kind::kRefused);
  EXPECT_EQ(login_to("https://acme.my.salesforce.com?x"), Kind::kRefused);
  EXPECT_EQ(login_to(""), Kind::kRefused);
  EXPECT_EQ(login_to("/x"), Kind::kRefused);
  for (const std::string_view next :
       {"//evil.example/x", "https://evil.example/services/data", "http://acme.my.salesforce.com/x", ""}) {
    ASSERT_EQ(login_to("https://acme.my.salesforce.com"), Kind::kAgain);
    const LiveAnswer answer = take(fmt::format(
        R"({{"done":false,"nextRecordsUrl":"{}","records":[{{"Id":"0015g00000abcDEAAY","Name":"","AnnualRevenue":1,"NumberOfEmployees":1,"ABM__c":true,"Owner":null}}]}})",
        next));
    EXPECT_EQ(answer.kind, Kind::kRefused) << next;
    EXPECT_THAT(answer.why, HasSubstr("its next page is on another server")) << next;
  }
}

TEST_F(Salesforce, LogsInAgainOnceForAPage) {
  log_in();
  EXPECT_EQ(take(kAccounts).kind, Kind::kMore);
  const std::string expired =
      R"([{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}])";
  EXPECT_EQ(take(expired, 401).kind, Kind::kAgain);
  EXPECT_THAT(api_->next().url, HasSubstr("/services/oauth2/token"));
  log_in();
  EXPECT_THAT(api_->next().url, HasSubstr("/query/01gD0000002HU6KIAW-2000"));
  const LiveAnswer answer = take(expired, 401);
  EXPECT_EQ(answer.kind, Kind::kRefused);
  EXPECT_EQ(answer.why,
            "the server answers 401 (not authorized): 'INVALID_SESSION_ID: Session expired or invalid'");
}

TEST_F(Salesforce, DoesNotFollowASessionThatMoves) {
  log_in();
  EXPECT_EQ(take(kAccounts).kind, Kind::kMore);
  EXPECT_EQ(take("", 401).kind, Kind::kAgain);
  const LiveAnswer answer = take(R"({"access_token":"t","instance_url":"https://other.my.salesforce.com"})");
  EXPECT_EQ(answer.kind, Kind::kRefused);
  EXPECT_THAT(answer.why, HasSubstr("moved to another server"));
}

TEST_F(Salesforce, SaysWhatToDoAboutARefusedLogin) {
  const LiveAnswer answer =
      take(R"({"error":"invalid_grant","error_description":"no client credentials user enabled"})", 400);
  EXPECT_EQ(answer.kind, Kind::kRefused);
  EXPECT_EQ(
      answer.why,
      "the server answers 400 (bad request): 'invalid_grant: no client credentials user enabled': check the app's consumer key and "
      "secret, that its client credentials flow is on, and that it has a user to run as");
}

TEST_F(Salesforce, WaitsForItsLimits) {
  log_in();
  const LiveAnswer answer =
      take(R"([{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}])", 403);
  EXPECT_EQ(answer.kind, Kind::kLater);
  EXPECT_EQ(answer.retry_after, std::chrono::hours(1));
  EXPECT_EQ(take(R"([{"errorCode":"API_DISABLED_FOR_ORG","message":"x"}])", 403).kind, Kind::kRefused);
  EXPECT_EQ(take("", 503).kind, Kind::kLater);
  HttpReply reply;
  const auto usage = [&](const std::string& header) {
    reply.headers = {{"sforce-limit-info", header}};
    const ApiUsage counted = api_->usage(reply);
    return fmt::format("{}/{}", counted.used, counted.total);
  };
  EXPECT_EQ(usage("api-usage=18/5000"), "18/5000");
  EXPECT_EQ(usage("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)"), "25/5000");
  EXPECT_EQ(usage("per-app-api-usage=17/250(appName=x), api-usage=1/2"), "1/2");
  for (const char* bad : {"", "api-usage=", "api-usage=5", "api-usage=/5", "api-usage=x/5", "api-usage=5/",
                          "api-usage=99999999999999999999999/5"})
    EXPECT_EQ(usage(bad), "0/0") << bad;
}

TEST_F(Salesforce, ReadsEverythingWhereChangesAreNotTold) {
  api_->begin(1'795'888'800);
  log_in();
  const LiveAnswer answer =
      take(R"([{"message":"No such column 'SystemModstamp'","errorCode":"INVALID_FIELD"}])", 400);
  EXPECT_EQ(answer.kind, Kind::kWhole);
  api_->begin(std::nullopt);
  EXPECT_EQ(take(R"([{"message":"unexpected token","errorCode":"MALFORMED_QUERY"}])", 400).kind,
            Kind::kRefused);
}

TEST_F(Salesforce, RefusesWhatIsNotDocumented) {
  log_in();
  const std::string good =
      R"("Id":"0015g00000abcDEAAY","Name":"","AnnualRevenue":1,"NumberOfEmployees":1,"ABM__c":true,"Owner":null)";
  EXPECT_EQ(take(R"({"done":true,"records":[{)" + good + "}]}").kind, Kind::kDone);
  const std::vector<std::string> bodies{
      std::string("[]"),
      std::string("{}"),
      std::string(R"({"records":[]})"),
      R"({"done":"true","records":[{)" + good + "}]}",
      R"({"done":false,"records":[{)" + good + "}]}",
      R"({"done":true,"records":[null]})",
      R"({"done":true,"records":[{"Id":5}]})",
      R"({"done":true,"records":[{"Id":"../../etc/passwd"}]})",
      R"({"done":true,"records":[{"Id":"0015g00000abcDEAAY"}]})",
      R"({"done":true,"records":[{"Id":"0015g00000abcDEAAY","Name":{"a":1},"AnnualRevenue":1,"NumberOfEmployees":1,"ABM__c":true,"Owner":null}]})",
      R"({"done":true,"records":[{"Id":"0015g00000abcDEAAY","Name":"","AnnualRevenue":1,"NumberOfEmployees":1,"ABM__c":true,"Owner":"x"}]})"};
  for (const std::string& body : bodies) {
    EXPECT_EQ(take(body).kind, Kind::kRefused) << body;
  }
  const LiveAnswer parts =
      take(R"({"done":true,"records":[{"Id":"0015g00000abcDEAAY","Name":{"city":"x"}}]})");
  EXPECT_EQ(
      parts.why,
      "the answer is not of the documented form: 'Name' is several values (select its parts, such as BillingCountry): that of record 0015g00000abcDEAAY");
}

TEST_F(Salesforce, RefusesEveryAnswerThatIsCut) {
  for (size_t size = 0; size < kLogin.size(); ++size)
    EXPECT_EQ(take(kLogin.substr(0, size)).kind, Kind::kRefused) << size;
  log_in();
  for (size_t size = 0; size < kAccounts.size(); ++size) {
    api_->begin(std::nullopt);
    EXPECT_EQ(take(kAccounts.substr(0, size)).kind, Kind::kRefused) << size;
  }
}

TEST_F(Salesforce, SurvivesAnyByte) {
  log_in();
  std::string body(kAccounts);
  for (size_t i = 0; i < body.size(); ++i) {
    const char before = body[i];
    for (const char c : {'\0', '"', '{', ']', ',', '\xff', '9', '\\'}) {
      body[i] = c;
      api_->begin(std::nullopt);
      (void)take(body);
      for (const LiveRow& row : page_.rows) EXPECT_EQ(row.line.back(), '\n');
    }
    body[i] = before;
  }
}

TEST_F(Salesforce, TokensThatWouldBreakAHeaderAreRefused) {
  EXPECT_EQ(take(R"({"access_token":"a\r\nX: 1","instance_url":"https://acme.my.salesforce.com"})").kind,
            Kind::kRefused);
  EXPECT_EQ(take(R"({"access_token":"","instance_url":"https://acme.my.salesforce.com"})").kind,
            Kind::kRefused);
  EXPECT_EQ(take(fmt::format(R"({{"access_token":"{}","instance_url":"https://acme.my.salesforce.com"}})",
                             std::string(5000, 'a')))
                .kind,
            Kind::kRefused);
}

}  // namespace
}  // namespace abm::connect
