// A server on 127.0.0.1 whose answers a function makes of requests, which it keeps.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "tests/connect/http/local_server.h"

namespace abm::connect {

class ScriptedServer {
 public:
  /// Of a whole request, with its body, the whole answer.
  using Script = std::function<std::string(const std::string& request)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    server_.start([this](const Fd& client) { serve(client); });
  }

  [[nodiscard]] std::string url(const std::string& path = "") const { return server_.url(path); }
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
  void serve(const Fd& client) {
    const std::string request = receive(client);
    if (request.empty()) return;
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
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  LocalServer server_;  // last: its thread uses the others
};

}  // namespace abm::connect
