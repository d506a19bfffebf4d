// What is posted reaches one server and no other; times that servers name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "connect/http/http.h"
#include "tests/connect/http/scripted_server.h"

namespace abm::connect {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<HttpReply> post(const ScriptedServer& server, std::string body, TextSink& sink, bool as_is = false) {
  HttpRequest request;
  request.url = server.url("/token");
  request.headers = {"Content-Type: application/x-www-form-urlencoded"};
  request.post = std::move(body);
  request.max_body = 1 << 16;
  request.as_is = as_is;
  HttpClient client({});
  return client.get(std::move(request), sink);
}

TEST(HttpPost, SendsTheBodyWithItsTypeAndLength) {
  const ScriptedServer server([](const std::string&) { return ScriptedServer::answer("{}"); });
  TextSink sink;
  const std::string body = "a=1&b=" + std::string(200'000, 'x');
  const auto reply = post(server, body, sink);
  ASSERT_TRUE(reply) << reply.message();
  EXPECT_EQ(sink.text, "{}");
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, StartsWith("POST /token HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_EQ(request.substr(request.find("\r\n\r\n") + 4), body);
}

TEST(HttpPost, SendsAnEmptyBodyAsWell) {
  const ScriptedServer server([](const std::string&) { return ScriptedServer::answer("ok"); });
  TextSink sink;
  ASSERT_TRUE(post(server, "", sink));
  EXPECT_THAT(server.requests().at(0), StartsWith("POST /token"));
}

TEST(HttpLoop, WorksOnTheTransfersOfAllItsClients) {
  const ScriptedServer server([](const std::string& request) {
    return ScriptedServer::answer(request.substr(0, request.find(" HTTP")));
  });
  const auto loop = std::make_shared<HttpLoop>();
  HttpClient one({}, loop), other({}, loop), idle({}, loop);
  TextSink first, second;
  const auto ask = [&](HttpClient& client, const std::string& path, TextSink& sink) {
    HttpRequest request;
    request.url = server.url(path);
    request.max_body = 1 << 16;
    client.start(std::move(request), sink);
  };
  ask(one, "/one", first);
  {
    HttpClient cancelled({}, loop);
    TextSink nobody;
    ask(cancelled, "/cancelled", nobody);
  }
  ask(other, "/other", second);
  while (one.running() || other.running()) idle.poll({}, std::chrono::seconds(1));
  EXPECT_TRUE(one.take() && other.take());
  EXPECT_EQ(first.text, "GET /one");
  EXPECT_EQ(second.text, "GET /other");
}

TEST(HttpPost, IsNotRedirected) {
  const ScriptedServer server([](const std::string&) {
    return ScriptedServer::answer("", "307 Temporary Redirect", "Location: /b\r\n");
  });
  TextSink sink;
  const auto reply = post(server, "secret", sink);
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.message(), HasSubstr("it redirects what was posted: name the final address"));
  EXPECT_EQ(server.requests().size(), 1u);
  const auto seen = post(server, "secret", sink, true);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->status, 307);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(HttpReplyTimes, AreReadAsSecondsAndAsDates) {
  std::string more;
  const ScriptedServer server(
      [&more](const std::string&) { return ScriptedServer::answer("", "503 Later", more); });
  const auto reply_with = [&](const std::string& headers) {
    more = headers;
    TextSink sink;
    const auto reply = post(server, "x", sink, true);
    EXPECT_TRUE(reply);
    return reply ? *reply : HttpReply{};
  };
  const HttpReply first = reply_with("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: 7\r\n");
  EXPECT_EQ(first.date, 784111777);
  EXPECT_EQ(first.retry_after, std::chrono::seconds(7));
  char date[64];
  const time_t soon = ::time(nullptr) + 100;
  tm parts{};
  ::gmtime_r(&soon, &parts);
  ::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  const HttpReply second = reply_with("Retry-After: " + std::string(date) + "\r\n");
  ASSERT_TRUE(second.retry_after.has_value());
  EXPECT_NEAR(static_cast<double>(second.retry_after->count()), 100, 30);
  EXPECT_FALSE(second.date.has_value());
  EXPECT_EQ(reply_with("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n").retry_after,
            std::chrono::seconds(0));
  EXPECT_FALSE(reply_with("Retry-After: soon\r\nDate: never\r\n").retry_after.has_value());
}

}  // namespace
}  // namespace abm::connect
