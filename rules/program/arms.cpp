// Buckets by hash.
#include "rules/program/arms.h"

#include <array>
#include <cstring>

#include "base/hash.h"

namespace abm::rules {

std::string_view to_string(Arm arm) noexcept {
  switch (arm) {
    case Arm::kTreated:
      return "treated";
    case Arm::kControl:
      return "control";
    case Arm::kHoldout:
      return "holdout";
  }
  return "treated";
}

uint32_t bucket(std::string_view kind, std::string_view name, std::string_view account) noexcept {
  std::array<char, 512> text;
  const size_t size = kind.size() + name.size() + account.size() + 2;
  if (size <= text.size()) {
    char* to = text.data();
    const auto put = [&to](std::string_view part) {
      if (!part.empty()) std::memcpy(to, part.data(), part.size());
      to += part.size();
    };
    put(kind);
    put(":");
    put(name);
    put(":");
    put(account);
    return static_cast<uint32_t>(hash64({text.data(), size}) % kBuckets);
  }
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const std::string_view part : {kind, std::string_view(":"), name, std::string_view(":"), account}) {
    XXH3_64bits_update(&state, part.data(), part.size());
  }
  return static_cast<uint32_t>(XXH3_64bits_digest(&state) % kBuckets);
}

}  // namespace abm::rules
