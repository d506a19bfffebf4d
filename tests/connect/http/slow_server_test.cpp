// Servers that are never silent and never done: a fetch from them is bounded in time as a whole.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "base/file.h"
#include "connect/http/http.h"
#include "connect/sync/feed_sync.h"
#include "connect/sync/mirror.h"
#include "tests/connect/http/slow_server.h"

namespace abm::connect {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Longer than a loaded machine needs to notice that time is up, and far shorter
/// than what the servers would take.
constexpr seconds kSoon{30};

constexpr std::string_view kEndless =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999999\r\n\r\n";
/// Redirects to itself: five are followed, each after half a second.
constexpr std::string_view kRedirect =
    "%%%%%HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

HttpSettings at_most(seconds total) {
  HttpSettings settings;
  settings.total = total;
  return settings;
}

std::string fault_of(const SlowServer& server, const HttpSettings& settings,
                     std::optional<Clock::time_point> until = std::nullopt) {
  HttpClient client(settings);
  HttpRequest request;
  request.url = server.url();
  request.max_body = 1 << 20;
  request.until = until;
  TextSink sink;
  const auto reply = client.get(std::move(request), sink);
  return reply ? "answered" : reply.message();
}

TEST(SlowServer, ThatDripsIsLeftWhenTimeIsUp) {
  const SlowServer server(std::string(kEndless), true);
  const auto started = Clock::now();
  EXPECT_THAT(fault_of(server, at_most(seconds(1))), HasSubstr("not done within 1 s, after "));
  EXPECT_THAT(fault_of(server, {}, Clock::now() + seconds(1)), HasSubstr("not done within 1 s, after "));
  EXPECT_LT(Clock::now() - started, kSoon);
}

TEST(SlowServer, ThatWasOutOfTimeBeforeIsNotWaitedFor) {
  const SlowServer server(std::string(kEndless), true);
  EXPECT_THAT(fault_of(server, {}, Clock::now() - seconds(5)), HasSubstr("not done within"));
}

TEST(SlowServer, ThatRedirectsDoesNotBeginTheTimeAnew) {
  const SlowServer server(std::string(kRedirect), false);
  EXPECT_THAT(fault_of(server, at_most(seconds(1))), HasSubstr("not done within 1 s"));
  EXPECT_THAT(fault_of(server, {}), HasSubstr("more than 5 redirects"));
}

TEST(SlowServer, ThatSaysAByteNowAndThenHasStalled) {
  const SlowServer server(std::string(kEndless) + "x%%%%%%%%%%x%%%%%%%%%%x%%%%%%%%%%x%%%%%%%%%%x", false);
  HttpSettings settings;
  settings.stall = seconds(2);
  EXPECT_THAT(fault_of(server, settings), HasSubstr("the server stalled: hardly a byte for 2 s"));
}

class TemporaryData {
 public:
  TemporaryData() {
    std::string pattern = std::filesystem::temp_directory_path() / "abm-slow-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryData() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  [[nodiscard]] std::string path() const { return path_ + "/data"; }

 private:
  std::string path_;
};

TEST(SlowServer, EndsTheAttemptOfAFeedAndReleasesItsLock) {
  const SlowServer server(
      std::string(kEndless) +
          R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-22T03:33:20Z"})"
          "\n",
      true);
  const TemporaryData data;
  FeedSyncOptions options;
  options.source.from = server.url();
  options.source.max_bytes = 1 << 20;
  options.data_dir = data.path();
  options.longest = seconds(1);
  HttpClient client(http_settings(options.source));
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto started = Clock::now();
    const SyncOutcome outcome = FeedSync::run(client, options);
    EXPECT_EQ(outcome.kind, SyncOutcome::Kind::kRefused);
    EXPECT_THAT(outcome.message, HasSubstr("not done within 1 s"));
    EXPECT_LT(Clock::now() - started, kSoon);
  }
}

TEST(SlowServer, EndsTheAttemptOfAMirrorAsAWholeAndNotEachAnswer) {
  // CURRENT takes two seconds, and so would the manifest.
  const SlowServer server(
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\ngen%%%%%%%%%%-000%%%%%%%%%%001\n",
      false);
  const TemporaryData data;
  MirrorOptions options;
  options.url = server.url("");
  options.data_dir = data.path();
  options.longest = seconds(3);
  HttpClient client({});
  const MirrorOutcome outcome = mirror(client, options);
  EXPECT_EQ(outcome.kind, MirrorOutcome::Kind::kRefused);
  EXPECT_THAT(outcome.message, HasSubstr("/gen-000001/MANIFEST.json: not done within "));
}

}  // namespace
}  // namespace abm::connect
