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

namespace abm::connect {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Longer than a loaded machine needs to notice that time is up, and far shorter
/// than what the servers would take.
constexpr seconds kSoon{30};

/// Answers any path on 127.0.0.1, one connection after another. `%` in an answer is a pause of 100 ms; after
/// the last byte it drips on forever, 50 bytes at a time.
class SlowServer {
 public:
  SlowServer(std::string answer, bool drips) : answer_(std::move(answer)), drips_(drips) {
    socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.get(), 16), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SlowServer() {
    over_ = true;
    thread_.join();
  }
  [[nodiscard]] std::string url(const std::string& path = "/a") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  void serve() {
    while (!over_) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 50) != 1) continue;
      const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char request[4096];
      if (!client.valid() || ::recv(client.get(), request, sizeof request, 0) <= 0) continue;
      for (const char c : answer_) {
        if (c == '%') std::this_thread::sleep_for(milliseconds(100));
        if (c != '%' && !say(client, {&c, 1})) break;
      }
      while (drips_ && say(client, std::string(50, '7'))) std::this_thread::sleep_for(milliseconds(100));
    }
  }
  bool say(const Fd& client, std::string_view bytes) const {
    return !over_ && ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
  }

  std::string answer_;
  bool drips_;
  Fd socket_;
  uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

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
