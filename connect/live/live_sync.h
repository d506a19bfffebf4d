// One attempt to bring the table of a live source up to date. Whatever goes wrong, the last good table stays.
//
//   secrets, lock, state ─► log in ─► page ─► page … ─► DATA/live/.tmp-… ─► checks ─► rename ─► state
//                                      │ 429, 5xx, broken: the same page again after a while
//                                      └ changes cannot be told: everything from the start
//
// No thread: whoever drives it waits in client.poll() until wake_at() at the latest, and calls advance().
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "connect/http/http.h"
#include "connect/live/live_attempt.h"

namespace abm::connect {

struct LiveWork;

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
  std::unique_ptr<LiveWork> work_;
};

/// How long to wait until the next attempt; `random` in [0, 1). Longer if the system's requests are nearly
/// used up.
[[nodiscard]] std::chrono::milliseconds next_reading_in(const LiveSettings& settings,
                                                        const LiveOutcome& outcome, double random) noexcept;

}  // namespace abm::connect
