// The one answer that a visitor gets, for those who judge it: of any status, with its headers, not
// redirected.
#include <string>

#include <gtest/gtest.h>

#include "connect/http/http.h"
#include "tests/connect/http/slow_server.h"

namespace abm::connect {
namespace {

struct Answer {
  Result<HttpReply> reply;
  std::string body;
};

Answer get_as_is(const std::string& text, uint64_t max_body) {
  const SlowServer server(text, false);
  HttpRequest request;
  request.url = server.url();
  request.max_body = max_body;
  request.as_is = true;
  TextSink sink;
  HttpClient client({});
  auto reply = client.get(std::move(request), sink);
  return {std::move(reply), std::move(sink.text)};
}

TEST(HttpAsIs, GivesARedirectItsHeadersAndItsBody) {
  const Answer answer = get_as_is(
      "HTTP/1.1 100 Continue\r\nVia: an interim answer\r\n\r\n"
      "HTTP/1.1 302 Found\r\nLocation: /b\r\nVia: one\r\nVIA:\t two \r\nContent-Length: 5\r\nConnection: close\r\n\r\nmoved",
      100);
  ASSERT_TRUE(answer.reply) << answer.reply.message();
  EXPECT_EQ(answer.reply->status, 302);
  EXPECT_EQ(answer.reply->header("via"), "one, two");
  EXPECT_EQ(answer.reply->header("location"), "/b");
  EXPECT_EQ(answer.reply->header("age"), "");
  EXPECT_EQ(answer.body, "moved");
}

TEST(HttpAsIs, CutsALongBodyAndAcceptsAnEmptyOne) {
  const std::string head = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n";
  const Answer longer = get_as_is(head + "Content-Length: 10\r\n\r\n0123456789", 4);
  ASSERT_TRUE(longer.reply) << longer.reply.message();
  EXPECT_EQ(longer.reply->status, 404);
  EXPECT_EQ(longer.body, "0123");
  const Answer empty = get_as_is(head + "Content-Length: 0\r\n\r\n", 4);
  ASSERT_TRUE(empty.reply) << empty.reply.message();
  EXPECT_EQ(empty.body, "");
}

}  // namespace
}  // namespace abm::connect
