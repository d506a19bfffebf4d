// From the log's files into the stream: every line at least once, with an id that shows where it comes twice.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connect/logs/log_files.h"
#include "connect/ship/stream.h"
#include "connect/ship/visit_id.h"

namespace abm::connect {

struct ShipperOptions {
  bool follow = false;               ///< until `stop`; else until no complete line is left
  std::chrono::seconds timeout{10};  ///< without follow: how long to try while nothing is acknowledged
  std::function<void(std::string_view)> note;                   ///< takes remarks for people
  std::function<void(uint64_t done, uint64_t total)> progress;  ///< bytes
};

struct Totals {
  uint64_t shipped = 0;
  uint64_t duplicates = 0;  ///< of them: the stream had them already
  uint64_t damaged = 0;     ///< lines that are not visit lines; they are left out
};

class Shipper {
 public:
  using Connect = std::function<Result<std::unique_ptr<Stream>>()>;

  Shipper(connect::LogFiles& files, Connect connect, ShipperOptions options, const std::atomic<bool>& stop)
      : files_(files), connect_(std::move(connect)), options_(std::move(options)), stop_(stop) {}

  /// An error if it gave up; what was acknowledged until then is still remembered.
  [[nodiscard]] Result<void> run();
  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

 private:
  struct Parcel;
  [[nodiscard]] Parcel pack(const connect::Batch& batch);
  [[nodiscard]] Result<void> ship(const connect::Batch& batch);
  [[nodiscard]] std::string try_once(std::span<Message> messages, bool& progressed);
  [[nodiscard]] Result<void> look();
  void complain(std::string_view fault);
  bool wait(std::chrono::milliseconds time) const;

  connect::LogFiles& files_;
  Connect connect_;
  ShipperOptions options_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<Stream> stream_;
  VisitReader reader_;
  Totals totals_;
  std::string last_fault_;
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace abm::connect
