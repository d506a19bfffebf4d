#include "connect/http/backoff.h"

#include <algorithm>

namespace abm::connect {

using std::chrono::milliseconds;

milliseconds next_attempt_in(const BackoffInput& input) noexcept {
  const auto every = milliseconds(input.every);
  const auto share = [&](milliseconds whole, double from, double to) {
    return milliseconds(
        static_cast<int64_t>(static_cast<double>(whole.count()) * (from + (to - from) * input.random)));
  };
  if (input.failures == 0) return share(every, 0.9, 1.1);
  const milliseconds longest = std::max<milliseconds>(every, kLongestBackoff);
  milliseconds wait = every;
  for (uint64_t i = 1; i < input.failures && wait < longest; ++i) wait *= 2;
  wait = share(std::min(wait, longest), 0.5, 1.0);
  if (input.retry_after.has_value()) {
    wait =
        std::max<milliseconds>(wait, std::min<std::chrono::seconds>(*input.retry_after, kLongestRetryAfter));
  }
  return wait;
}

}  // namespace abm::connect
