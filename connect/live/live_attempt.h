// What an attempt of live_sync.h is given, and what it tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "connect/live/live_state.h"
#include "connect/live/settings.h"

namespace abm::connect {

/// Bounds of one attempt, whatever a server does.
struct LiveLimits {
  uint64_t pages = 40'000;
  uint64_t rows = 2'000'000;
  uint64_t page_bytes = 16u << 20;  ///< of an answer, decoded
  uint64_t table_bytes = uint64_t{2} << 30;
  uint64_t changes = 100'000;          ///< more of them are read as a whole
  unsigned tries = 6;                  ///< of one page
  std::chrono::seconds patience{120};  ///< a server that asks for more ends the attempt
  std::chrono::seconds longest{7200};  ///< of the attempt
};

struct LiveOptions {
  LiveSettings settings;
  std::string data_dir;
  bool whole = false;         ///< reads everything, whatever is known
  bool allow_shrink = false;  ///< however few records there are
  LiveLimits limits;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct LiveOutcome {
  enum class Kind : uint8_t {
    kChanged,    ///< there is a new table
    kUnchanged,  ///< the present one is up to date
    kRefused,    ///< the system cannot be reached, or does not give what was asked for
    kFailed,     ///< this machine could not: configuration, secret, lock, disk
  };
  Kind kind = Kind::kFailed;
  std::string message;  ///< one line for people, without secrets; a failure ends with what stays in use
  std::string warning;  ///< the state could not be written; "" if it could
  std::optional<std::chrono::seconds> retry_after;
  LiveState state;  ///< as it is now

  [[nodiscard]] bool good() const noexcept { return kind == Kind::kChanged || kind == Kind::kUnchanged; }
};

}  // namespace abm::connect
