#include "generation/generation.h"

namespace abm::generation {
bool Generation::expired(int64_t now) const noexcept {
  const auto expires = accounts_->expires_at();
  return expires.has_value() && now >= *expires;
}

}  // namespace abm::generation
