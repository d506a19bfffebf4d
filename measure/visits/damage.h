// Why a line of the log is in no figure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace abm::measure {

enum class Damage : uint8_t { kNone, kTooLong, kNoJson, kVersion, kMember, kTime };
inline constexpr size_t kDamages = 6;
/// "too long", "not a JSON object", "another version of the format", "a member is
/// missing or not as the schema says", "a time that is out of the question …".
[[nodiscard]] std::string_view to_string(Damage damage) noexcept;

}  // namespace abm::measure
