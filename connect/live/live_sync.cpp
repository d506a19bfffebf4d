#include "connect/live/live_sync.h"

#include <algorithm>
#include <utility>

#include "connect/http/backoff.h"
#include "connect/live/live_work.h"

namespace abm::connect {
namespace {

using Clock = std::chrono::steady_clock;
using Phase = LiveWork::Phase;

constexpr uint64_t kVeryNearEnd = 95;  // percent, as kNearEnd
constexpr int64_t kRareSeconds = 3600;

}  // namespace

LiveSync::LiveSync(HttpClient& client, LiveOptions options)
    : work_(std::make_unique<LiveWork>(client, std::move(options))) {
  work_->begin();
}

LiveSync::~LiveSync() {
  if (work_->phase == Phase::kAsking) work_->client.cancel();
}

void LiveSync::advance() {
  if (work_->phase == Phase::kWaiting && Clock::now() >= work_->wake) work_->ask();
  if (work_->phase == Phase::kAsking && !work_->client.running()) work_->on_reply(work_->client.take());
}

std::optional<Clock::time_point> LiveSync::wake_at() const noexcept {
  if (work_->phase != Phase::kWaiting) return std::nullopt;
  return work_->wake;
}

bool LiveSync::done() const noexcept {
  return work_->phase == Phase::kDone;
}

LiveOutcome& LiveSync::outcome() noexcept {
  return work_->outcome;
}

LiveOutcome LiveSync::run(HttpClient& client, LiveOptions options) {
  LiveSync sync(client, std::move(options));
  while (!sync.done()) {
    const auto wake = sync.wake_at().value_or(Clock::now() + std::chrono::seconds(1));
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now());
    client.poll({}, std::clamp<std::chrono::milliseconds>(wait, {}, std::chrono::seconds(1)));
    sync.advance();
  }
  return std::move(sync.outcome());
}

std::chrono::milliseconds next_reading_in(const LiveSettings& settings, const LiveOutcome& outcome,
                                          double random) noexcept {
  int64_t every = settings.every_seconds;
  const uint64_t percent = outcome.state.usage.percent();
  if (percent >= kNearEnd) every = std::max<int64_t>(every, std::min<int64_t>(every * 4, kRareSeconds));
  if (percent >= kVeryNearEnd) every = std::max<int64_t>(every, kRareSeconds);
  return next_attempt_in(
      {.every = std::chrono::seconds(every),
       .failures = outcome.good() ? 0 : std::max<uint64_t>(outcome.state.attempts.failures, 1),
       .retry_after = outcome.retry_after,
       .random = random});
}

}  // namespace abm::connect
