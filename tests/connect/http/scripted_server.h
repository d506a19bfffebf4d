// A server on 127.0.0.1 whose answers a function makes of requests, which it keeps.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"

namespace abm::connect {

class ScriptedServer {
 public:
  /// Of a whole request, with its body, the whole answer.
  using Script = std::function<std::string(const std::string& request)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
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
  ~ScriptedServer() {
    over_ = true;
    thread_.join();
  }

  [[nodiscard]] std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard hold(mutex_);
    return requests_;
  }

  /// 200 with a body; `more`: further headers, each with its line end.
  [[nodiscard]] static std::string answer(std::string_view body, std::string_view status = "200 OK",
                                          std::string_view more = "") {
    return "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\nContent-Type: application/json\r\n" +
           std::string(more) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }

 private:
  void serve() {
    while (!over_) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) != 1) continue;
      const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const std::string request = receive(client);
      if (request.empty()) continue;
      {
        const std::lock_guard hold(mutex_);
        requests_.push_back(request);
      }
      const std::string reply = script_(request);
      for (size_t sent = 0; sent < reply.size();) {
        const ssize_t n = ::send(client.get(), reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
    }
  }

  static std::string receive(const Fd& client) {
    std::string request;
    char part[4096];
    size_t whole = std::string::npos;
    while (request.size() < whole) {
      const ssize_t n = ::recv(client.get(), part, sizeof part, 0);
      if (n <= 0) return {};
      request.append(part, static_cast<size_t>(n));
      const size_t head = request.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      constexpr std::string_view kLength = "\r\nContent-Length: ";
      const size_t length = request.substr(0, head).find(kLength);
      whole = head + 4;
      if (length != std::string::npos) whole += std::stoul(request.substr(length + kLength.size()));
    }
    return request;
  }

  Script script_;
  Fd socket_;
  uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace abm::connect
