// Readings against a server of a few lines; a stateful one is tests/connect/live/crm_server.py.
#include "connect/live/live_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <mutex>

#include <fmt/format.h>

#include "base/file.h"
#include "tests/connect/http/scripted_server.h"
#include "tests/connect/live/temporary_folder.h"

namespace abm::connect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Reading = LiveOutcome::Kind;

constexpr std::string_view kToken = "pat-eu1-0123456789";

class LiveReading : public ::testing::Test {
 protected:
  LiveReading()
      : server_([this](const std::string& request) {
          const std::lock_guard hold(mutex_);
          return script_(request);
        }) {
    options_.data_dir = folder_.path("data");
    options_.settings.name = "crm";
    options_.settings.url = server_.url();
    options_.settings.token_file = folder_.file("token", kToken);
    options_.settings.properties = {"name"};
    options_.limits.tries = 3;
  }

  void answers(ScriptedServer::Script script) {
    const std::lock_guard hold(mutex_);
    script_ = std::move(script);
  }
  void answers_always(const std::string& answer) {
    answers([answer](const std::string&) { return answer; });
  }
  LiveOutcome read() {
    HttpClient client(http_settings(options_.settings));
    return LiveSync::run(client, options_);
  }
  std::string table() const {
    const auto text = read_file(live_table_path(options_.data_dir, "crm"), 1 << 20);
    return text ? *text : text.message();
  }
  static std::string companies(std::string_view ids, std::string_view paging = "") {
    std::string body = R"({"results":[)";
    for (const char id : ids) {
      if (body.back() != '[') body += ',';
      body += fmt::format(R"({{"id":"{}","properties":{{"name":"c{}"}}}})", id, id);
    }
    return ScriptedServer::answer(body + "]" + std::string(paging) + "}");
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  ScriptedServer::Script script_ = [](const std::string&) { return companies("12"); };
  ScriptedServer server_;
  LiveOptions options_;
};

TEST_F(LiveReading, KeepsATableAndHowItWent) {
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kChanged) << outcome.message;
  EXPECT_EQ(outcome.message, "crm: 2 companies, 2 new, 0 changed, 0 gone (everything was read, 1 request)");
  EXPECT_EQ(table(), "Record ID,name\n1,c1\n2,c2\n");
  const auto state = read_live_state(options_.data_dir, "crm");
  ASSERT_TRUE(state && state->has_value());
  EXPECT_EQ((*state)->rows, 2u);
  EXPECT_EQ((*state)->from, "hubspot " + server_.url("/"));
  EXPECT_EQ((*state)->attempts.failures, 0u);
  EXPECT_NE((*state)->whole_at, 0);
  struct stat info {};
  ASSERT_EQ(::stat(live_table_path(options_.data_dir, "crm").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  EXPECT_THAT(server_.requests().at(0), HasSubstr("Authorization: Bearer pat-eu1-0123456789\r\n"));
}

TEST_F(LiveReading, AsksForChangesAfterThat) {
  (void)read();
  answers_always(companies(""));
  LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kUnchanged) << outcome.message;
  EXPECT_THAT(server_.requests().at(1), StartsWith("POST /crm/v3/objects/companies/search "));
  answers_always(ScriptedServer::answer(
      R"({"total":2,"results":[{"id":"2","properties":{"name":"new"}},{"id":"3","properties":{"name":"c3"}}]})"));
  outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kChanged);
  EXPECT_THAT(outcome.message, StartsWith("crm: 3 companies, 1 new, 1 changed, 0 gone (changes since "));
  EXPECT_EQ(table(), "Record ID,name\n1,c1\n2,new\n3,c3\n");
  EXPECT_EQ(read().kind, Reading::kUnchanged);
}

TEST_F(LiveReading, ReadsEverythingWhenADayHasPassedOrSomethingElseIsAsked) {
  (void)read();
  EXPECT_THAT(read().message, HasSubstr("(changes since "));
  options_.settings.whole_seconds = 0;
  EXPECT_THAT(read().message, HasSubstr("unchanged (everything was read"));
  options_.settings.whole_seconds = 86'400;
  options_.settings.properties = {"name", "domain"};
  EXPECT_THAT(read().message, AllOf(HasSubstr("2 changed"), HasSubstr("(everything was read")));
  EXPECT_THAT(read().message, HasSubstr("(changes since "));
  options_.settings.token_file = folder_.file("other", "pat-eu1-another");
  EXPECT_THAT(read().message, HasSubstr("(everything was read"));
  // Somebody wrote into the table.
  (void)folder_.file("data/live/crm.csv", "Record ID,name,domain\n");
  EXPECT_THAT(read().message, HasSubstr("(everything was read"));
  EXPECT_EQ(table(), "Record ID,name,domain\n1,c1,\n2,c2,\n");
  (void)folder_.file("data/state/live-crm.json", "{");
  EXPECT_THAT(read().message, HasSubstr("(everything was read"));
}

TEST_F(LiveReading, LeavesTheLastGoodTableWhereverItBreaksOff) {
  (void)read();
  options_.whole = true;
  const std::string more = R"(,"paging":{"next":{"after":"3"}})";
  const std::string second = companies("34");
  for (size_t size = 0; size < second.size(); size += 7) {
    answers([&](const std::string& request) {
      return request.find("after=3") == request.npos ? companies("12", more) : second.substr(0, size);
    });
    options_.limits.tries = 1;
    const LiveOutcome outcome = read();
    EXPECT_EQ(outcome.kind, Reading::kRefused) << size;
    EXPECT_THAT(outcome.message, HasSubstr("(what was read at "));
    EXPECT_EQ(table(), "Record ID,name\n1,c1\n2,c2\n");
  }
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(options_.data_dir + "/live"))
    ++files;
  EXPECT_EQ(files, 1u);
  const auto state = read_live_state(options_.data_dir, "crm");
  EXPECT_GT((*state)->attempts.failures, 1u);
  EXPECT_NE((*state)->attempts.succeeded_at, 0);
  EXPECT_NE((*state)->attempts.fault, "");
  answers([&](const std::string& request) {
    return request.find("after=3") == request.npos ? companies("12", more) : second;
  });
  EXPECT_EQ(read().kind, Reading::kChanged);
  EXPECT_EQ(table(), "Record ID,name\n1,c1\n2,c2\n3,c3\n4,c4\n");
  EXPECT_EQ((*read_live_state(options_.data_dir, "crm"))->attempts.failures, 0u);
}

TEST_F(LiveReading, AsksAgainAfterTroubleInTheMiddle) {
  int asked = 0;
  answers([&](const std::string& request) {
    if (request.find("after=3") == request.npos)
      return companies("12", R"(,"paging":{"next":{"after":"3"}})");
    ++asked;
    if (asked == 1) return ScriptedServer::answer("", "429 Too Many Requests", "Retry-After: 1\r\n");
    if (asked == 2) return std::string("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{");
    return companies("34");
  });
  const auto started = std::chrono::steady_clock::now();
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kChanged) << outcome.message;
  EXPECT_EQ(asked, 3);
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::seconds(1));
  EXPECT_FALSE(outcome.retry_after.has_value());
}

TEST_F(LiveReading, EndsWhenTheServerAsksForMoreThanAttemptsLast) {
  answers_always(ScriptedServer::answer("", "429 Too Many Requests", "Retry-After: 900\r\n"));
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kRefused);
  EXPECT_THAT(outcome.message, AllOf(HasSubstr("429 (too many requests); to be asked again in 900 s"),
                                     HasSubstr("(nothing has been read yet)")));
  EXPECT_EQ(server_.requests().size(), 1u);
  EXPECT_GE(next_reading_in(options_.settings, outcome, 0), std::chrono::seconds(900));
}

TEST_F(LiveReading, RefusesAnEmptyAnswerWhereThereWasMore) {
  (void)read();
  options_.whole = true;
  answers_always(companies(""));
  LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kRefused);
  EXPECT_THAT(outcome.message, HasSubstr("crm: 0 companies instead of 2: a lost permission looks like that"));
  EXPECT_EQ(table(), "Record ID,name\n1,c1\n2,c2\n");
  answers_always(companies("1"));
  options_.settings.max_shrink_percent = 20;
  EXPECT_THAT(read().message, HasSubstr("1 company instead of 2, which is more than 20 % fewer"));
  options_.allow_shrink = true;
  EXPECT_EQ(read().kind, Reading::kChanged);
  EXPECT_EQ(table(), "Record ID,name\n1,c1\n");
}

TEST_F(LiveReading, IsBoundedWhateverAServerDoes) {
  int next = 0;
  const auto endless = [&](const std::string&) {
    ++next;
    return ScriptedServer::answer(
        fmt::format(R"({{"results":[{{"id":"{}","properties":{{}}}}],"paging":{{"next":{{"after":"{}"}}}}}})",
                    next, next));
  };
  answers(endless);
  options_.limits.pages = 4;
  EXPECT_THAT(read().message, HasSubstr("crm: not done after 4 requests"));
  options_.limits = {};
  options_.limits.rows = 3;
  EXPECT_THAT(read().message, HasSubstr("crm: more than 3 records"));
  options_.limits = {};
  options_.limits.table_bytes = 20;
  EXPECT_THAT(read().message, HasSubstr("more than 20 bytes"));
  options_.limits = {};
  options_.limits.page_bytes = 10;
  EXPECT_THAT(read().message, HasSubstr("a page is larger than 10 bytes: ask for fewer fields"));
  options_.limits = {};
  options_.limits.longest = std::chrono::seconds(1);
  EXPECT_THAT(read().message, HasSubstr("not done within 1 s"));
  options_.limits = {};
  // The same page for ever, under new names.
  answers([&](const std::string&) {
    return companies("12", fmt::format(R"(,"paging":{{"next":{{"after":"x{}"}}}})", ++next));
  });
  EXPECT_THAT(read().message, HasSubstr("a page of records that were all told before"));
}

TEST_F(LiveReading, TellsNoSecretWhateverTheServerSays) {
  answers_always(ScriptedServer::answer(
      fmt::format(R"({{"message":"unknown token {}","category":"INVALID"}})", kToken), "401 Unauthorized"));
  const LiveOutcome outcome = read();
  EXPECT_THAT(outcome.message,
              AllOf(HasSubstr("'INVALID: unknown token …'"), Not(HasSubstr(std::string(kToken)))));
  const auto state = read_file(options_.data_dir + "/state/live-crm.json", 1 << 16);
  ASSERT_TRUE(state);
  EXPECT_THAT(*state, Not(HasSubstr(std::string(kToken))));
}

TEST_F(LiveReading, FollowsNoRedirectWithItsToken) {
  answers_always(ScriptedServer::answer("", "302 Found", "Location: https://evil.example/\r\n"));
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kRefused);
  EXPECT_THAT(outcome.message,
              HasSubstr("it redirects to 'https://evil.example/', where a secret is not taken"));
}

TEST_F(LiveReading, DoesNotBeginWithAnOpenSecret) {
  options_.settings.token_file = folder_.file("open", kToken, 0644);
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.kind, Reading::kFailed);
  EXPECT_THAT(outcome.message, HasSubstr("run chmod 600 on it"));
  EXPECT_EQ(server_.requests().size(), 0u);
  EXPECT_THAT((*read_live_state(options_.data_dir, "crm"))->attempts.fault, HasSubstr("run chmod 600 on it"));
}

TEST_F(LiveReading, IsNotDoneTwiceAtATimeButBesideOthers) {
  HttpClient client(http_settings(options_.settings));
  LiveSync first(client, options_);
  ASSERT_FALSE(first.done());
  const LiveOutcome second = read();
  EXPECT_EQ(second.kind, Reading::kFailed);
  EXPECT_THAT(second.message, HasSubstr("another sync is at work"));
  options_.settings.name = "other";
  EXPECT_EQ(read().kind, Reading::kChanged);
  while (!first.done()) {
    client.poll({}, std::chrono::milliseconds(100));
    first.advance();
  }
  EXPECT_EQ(first.outcome().kind, Reading::kChanged) << first.outcome().message;
}

TEST_F(LiveReading, CanBeGivenUp) {
  HttpClient client(http_settings(options_.settings));
  { const LiveSync reading(client, options_); }
  EXPECT_FALSE(client.running());
  EXPECT_EQ(read().kind, Reading::kChanged);
}

TEST_F(LiveReading, TellsWhenRequestsAreNearlyUsedUpAndAsksLess) {
  answers_always(ScriptedServer::answer(
      R"({"results":[]})", "200 OK",
      "X-HubSpot-RateLimit-Daily: 1000\r\nX-HubSpot-RateLimit-Daily-Remaining: 30\r\n"));
  const LiveOutcome outcome = read();
  EXPECT_EQ(outcome.state.note,
            "97 % of the requests that it allows are used (970 of 1000): it is asked less often");
  EXPECT_GE(next_reading_in(options_.settings, outcome, 0), std::chrono::minutes(54));
  LiveOutcome other = outcome;
  other.state.usage.used = 850;
  EXPECT_GE(next_reading_in(options_.settings, other, 0), std::chrono::minutes(54));
  other.state.usage.used = 100;
  EXPECT_LE(next_reading_in(options_.settings, other, 0.99), std::chrono::minutes(17));
}

}  // namespace
}  // namespace abm::connect
