// Arms and variants by account: XXH3-64 of a name modulo 10,000, the same on every
// machine and in every version.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::rules {

enum class Arm : uint8_t { kTreated, kControl, kHoldout };
[[nodiscard]] std::string_view to_string(Arm arm) noexcept;

inline constexpr uint32_t kBuckets = 10'000;
/// Groups of accounts are compared, in reports and plans, where each has so many.
inline constexpr uint32_t kFewestCompared = 20;
/// Bucket of `kind:name:account`, for example ("control", salt, id). No allocation; names of any length.
[[nodiscard]] uint32_t bucket(std::string_view kind, std::string_view name,
                              std::string_view account) noexcept;

}  // namespace abm::rules
