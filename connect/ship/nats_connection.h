// What all that talks to NATS shares: how to connect, and pointers that close what they own. Internal to this
// folder: nats.h is long.
#pragma once

#include <nats/nats.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "connect/ship/stream_options.h"

namespace abm::connect {

template <auto Destroy>
struct Deleter {
  template <typename T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};
using OptionsPtr = std::unique_ptr<natsOptions, Deleter<natsOptions_Destroy>>;
using ConnectionPtr = std::unique_ptr<natsConnection, Deleter<natsConnection_Destroy>>;
using ContextPtr = std::unique_ptr<jsCtx, Deleter<jsCtx_Destroy>>;
using MessagePtr = std::unique_ptr<natsMsg, Deleter<natsMsg_Destroy>>;

/// The library's explanation; it keeps one for the calling thread.
[[nodiscard]] std::string nats_reason(natsStatus status);

/// `name`: what the server is told who we are; a literal.
[[nodiscard]] Result<ConnectionPtr> connect_nats(const StreamOptions& options, const char* name);
/// Waits until no thread of the library is left. All that was made with it must be destroyed before.
void close_nats() noexcept;
/// The URL that we are connected to, without a password; "" if none.
[[nodiscard]] std::string server_of(natsConnection* connection);

/// Closes a connection whose call does not return, so that the call fails.
class ConnectionWatch {
 public:
  ConnectionWatch(natsConnection* connection, std::chrono::milliseconds limit)
      : thread_([this, connection, limit] {
          std::unique_lock lock(mutex_);
          if (!ended_.wait_for(lock, limit, [this] { return over_; })) natsConnection_Close(connection);
        }) {}
  ~ConnectionWatch() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace abm::connect
