// A server that takes its time over one answer.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/file.h"

namespace abm::connect {

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
        if (c == '%') std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (c != '%' && !say(client, {&c, 1})) break;
      }
      while (drips_ && say(client, std::string(50, '7')))
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
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

}  // namespace abm::connect
