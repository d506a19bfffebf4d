// The agent's readings of live sources: those that are due, side by side, without a thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "connect/http/http.h"
#include "connect/live/live_sync.h"

namespace abm::tools {

class LiveReadings {
 public:
  using Clock = std::chrono::steady_clock;
  using Say = std::function<void(const std::string&)>;

  /// Whoever polls a client of `loop` works on the readings, too. `say`: a line for the log.
  LiveReadings(std::shared_ptr<connect::HttpLoop> loop, Say say);
  ~LiveReadings();

  /// Those of the site from now on. One that stays the same goes on; one that is new, or asked otherwise, is
  /// due at once; a reading of one that is gone ends.
  void set(const std::string& data_dir, std::vector<connect::LiveSettings> sources);
  /// All that are not being read are due.
  void read_now();
  /// Begins what is due, and goes on with what runs. True: a table is another one now.
  [[nodiscard]] bool work();
  /// When to call work() at the latest, whatever poll() says.
  [[nodiscard]] std::optional<Clock::time_point> wake_at() const;

 private:
  struct Source {
    connect::LiveSettings settings;
    Clock::time_point due{};
    std::unique_ptr<connect::HttpClient> client;
    std::unique_ptr<connect::LiveSync> sync;  // after client, which it borrows
    std::string told, told_note;              // faults and notes are told once
  };

  void begin(Source& source);
  [[nodiscard]] bool finish(Source& source);
  [[nodiscard]] size_t running() const;

  std::shared_ptr<connect::HttpLoop> loop_;
  Say say_;
  std::string data_dir_;
  std::vector<Source> sources_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace abm::tools
