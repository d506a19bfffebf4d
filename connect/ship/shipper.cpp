// The checkpoint follows the acknowledgements, never the other way round.
#include "connect/ship/shipper.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPoll{250};
constexpr milliseconds kScanEvery{1000};  // while there is always more to ship, or nothing can be shipped
constexpr milliseconds kFirstPause{100}, kLongestPause{10'000};
constexpr milliseconds kSlice{50};  // how soon a pause notices `stop`
constexpr uint64_t kMaxDamagedNotes = 10;

}  // namespace

/// A batch as messages.
struct Shipper::Parcel {
  std::vector<VisitReader::Visit> visits;
  std::vector<Message> messages;
  /// Of each message's line: where shipping goes on if it is the first that is not stored.
  std::vector<uint64_t> starts;
};

Shipper::Parcel Shipper::pack(const connect::Batch& batch) {
  Parcel parcel;
  parcel.visits.reserve(batch.lines.size());
  for (const connect::Line& line : batch.lines) {
    const uint64_t start = line.end - line.text.size() - 1;
    bool damaged = false;
    auto visit = reader_.read(line.text, damaged);
    if (damaged && ++totals_.damaged <= kMaxDamagedNotes) {
      options_.note(
          fmt::format("{}: byte {}: this is not a visit line, {}", batch.name, start,
                      visit ? "but one begins in the middle of it, which is shipped" : "it is left out"));
    }
    if (!visit) continue;
    parcel.visits.push_back(*std::move(visit));
    parcel.starts.push_back(start);
  }
  parcel.messages.reserve(parcel.visits.size());
  for (const VisitReader::Visit& visit : parcel.visits) parcel.messages.push_back({visit.line, visit.id});
  return parcel;
}

bool Shipper::wait(milliseconds time) const {
  for (const auto end = Clock::now() + time; !stop_ && Clock::now() < end;)
    std::this_thread::sleep_for(kSlice);
  return !stop_;
}

void Shipper::complain(std::string_view fault) {
  if (fault == last_fault_) return;
  last_fault_ = fault;
  options_.note(fmt::format("{}; trying again", fault));
}

std::string Shipper::try_once(std::span<Message> messages, bool& progressed) {
  if (stream_ == nullptr || !stream_->alive()) {
    stream_.reset();
    auto connected = connect_();
    if (!connected) return connected.message();
    stream_ = std::move(*connected);
  }
  const Published published = stream_->publish(messages);
  totals_.shipped += published.stored;
  totals_.duplicates += published.duplicates;
  progressed = published.stored > 0;
  return published.fault;
}

Result<void> Shipper::ship(const connect::Batch& batch) {
  Parcel parcel = pack(batch);
  const auto is_stored = [](const Message& message) { return message.stored; };
  auto deadline = Clock::now() + options_.timeout;
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    bool progressed = false;
    const std::string fault = parcel.messages.empty() ? "" : try_once(parcel.messages, progressed);
    if (std::all_of(parcel.messages.begin(), parcel.messages.end(), is_stored)) {
      if (!last_fault_.empty()) options_.note(fmt::format("connected to {} again", stream_->server()));
      last_fault_.clear();
      return files_.advance(batch, batch.lines.back().end);
    }
    if (progressed) {
      const auto first = std::find_if_not(parcel.messages.begin(), parcel.messages.end(), is_stored);
      const uint64_t reached = parcel.starts[static_cast<size_t>(first - parcel.messages.begin())];
      if (auto saved = files_.advance(batch, reached); !saved) return saved;
      deadline = Clock::now() + options_.timeout;
      pause = kFirstPause;
    }
    if (!options_.follow && Clock::now() >= deadline) return Error{fault};
    complain(fault);
    if (!wait(pause)) return {};
    // However long no server takes anything: what is rotated meanwhile is found before it is compressed.
    if (auto looked = look(); !looked) return looked;
  }
}

Result<void> Shipper::look() {
  if (looked_ != Clock::time_point{} && Clock::now() - looked_ < kScanEvery) return {};
  looked_ = Clock::now();
  return files_.scan();
}

Result<void> Shipper::run() {
  uint64_t done = 0;
  while (!stop_) {
    if (auto looked = look(); !looked) return looked;
    const auto batch = files_.next();
    if (!batch) return batch.error();
    if (batch->lines.empty()) {
      if (!options_.follow && !files_.is_settling()) return {};
      if (!wait(kPoll)) return {};
      looked_ = {};
      continue;
    }
    const uint64_t waiting = files_.bytes_waiting();
    if (auto shipped = ship(*batch); !shipped) return shipped;
    done += waiting - std::min(waiting, files_.bytes_waiting());
    if (options_.progress) options_.progress(done, done + files_.bytes_waiting());
  }
  return {};
}

}  // namespace abm::connect
