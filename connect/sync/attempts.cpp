#include "connect/sync/attempts.h"

#include <utility>

namespace abm::connect {

void Attempts::succeeded(int64_t now) {
  *this = {};
  tried_at = succeeded_at = now;
}

void Attempts::failed(int64_t now, std::string why) {
  tried_at = now;
  if (failures == 0) failing_since = now;
  ++failures;
  fault = std::move(why);
}

}  // namespace abm::connect
