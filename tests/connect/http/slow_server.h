// A server that takes its time over one answer.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/file.h"
#include "tests/connect/http/local_server.h"

namespace abm::connect {

/// Answers any path on 127.0.0.1, one connection after another. `%` in an answer is a pause of 100 ms; after
/// the last byte it drips on forever, 50 bytes at a time.
class SlowServer {
 public:
  SlowServer(std::string answer, bool drips) : answer_(std::move(answer)), drips_(drips) {
    server_.start([this](const Fd& client) { serve(client); });
  }
  [[nodiscard]] std::string url(const std::string& path = "/a") const { return server_.url(path); }

 private:
  void serve(const Fd& client) {
    char request[4096];
    if (::recv(client.get(), request, sizeof request, 0) <= 0) return;
    for (const char c : answer_) {
      if (c == '%') std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (c != '%' && !say(client, {&c, 1})) break;
    }
    while (drips_ && say(client, std::string(50, '7')))
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  bool say(const Fd& client, std::string_view bytes) const {
    return !server_.over() && ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
  }

  std::string answer_;
  bool drips_;
  LocalServer server_;  // last: its thread uses the others
};

}  // namespace abm::connect
