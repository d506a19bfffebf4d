// One attempt to bring the table of a live source up to date. Whatever goes wrong, the last good table stays.
//
//   secrets, lock, state ─► log in ─► page ─► page … ─► DATA/live/.tmp-… ─► checks ─► rename ─► state
//                                      │ 429, 5xx, broken: the same page again after a while
//                                      └ changes cannot be told: everything from the start
//
// No thread: whoever drives it waits in client.poll() until wake_at() at the latest, and calls advance().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "connect/http/http.h"
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

class LiveSync {
 public:
  /// Starts; may be done at once. `client` is borrowed until done(), and must not be used for anything else
  /// until then. Its settings are http_settings(settings).
  LiveSync(HttpClient& client, LiveOptions options);
  ~LiveSync();

  /// Goes on after client.poll() has finished something, or wake_at() has come.
  void advance();
  /// Set while nothing runs: when to call advance() again.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> wake_at() const noexcept;
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] LiveOutcome& outcome() noexcept;

  /// Runs the whole attempt.
  [[nodiscard]] static LiveOutcome run(HttpClient& client, LiveOptions options);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

/// How long to wait until the next attempt; `random` in [0, 1). Longer if the system's requests are nearly
/// used up.
[[nodiscard]] std::chrono::milliseconds next_reading_in(const LiveSettings& settings,
                                                        const LiveOutcome& outcome, double random) noexcept;

}  // namespace abm::connect
