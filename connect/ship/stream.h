// A NATS JetStream stream as ship needs it: publish with an id, and learn what was acknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connect/ship/stream_options.h"

namespace abm::connect {

struct Message {
  std::string_view data;
  std::string_view id;
  bool stored = false;  ///< acknowledged; publish() leaves such a message alone
};

/// What a publish() came to.
struct Published {
  size_t stored = 0;
  size_t duplicates = 0;  ///< of these, the stream already had the id
  std::string fault;      ///< why others are not stored; "" if all are
};

/// One per process at a time.
class Stream {
 public:
  /// Connects to one of the servers and makes sure that the stream exists.
  [[nodiscard]] static Result<std::unique_ptr<Stream>> connect(const StreamOptions& options);
  virtual ~Stream() = default;

  /// Sends those that are not stored, and waits until all are acknowledged, one is refused, or patience ends.
  [[nodiscard]] virtual Published publish(std::span<Message> messages) = 0;

  /// False once the library has given up the connection, or nothing has been answered on it
  /// for long: then connect() again.
  [[nodiscard]] virtual bool alive() const = 0;
  /// The server that we are connected to now; "" if none.
  [[nodiscard]] virtual std::string server() const = 0;
};

}  // namespace abm::connect
