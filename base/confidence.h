// How sure an identification is. Order matters: low < medium < high; a rule's `confidence` means "at least".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace abm {

enum class Confidence : uint8_t { kLow = 1, kMedium = 2, kHigh = 3 };

inline constexpr std::array<std::string_view, 3> kConfidenceNames = {"low", "medium", "high"};

[[nodiscard]] constexpr std::string_view to_string(Confidence c) noexcept {
  switch (c) {
    case Confidence::kLow:
      return "low";
    case Confidence::kMedium:
      return "medium";
    case Confidence::kHigh:
      return "high";
  }
  return "low";
}

[[nodiscard]] constexpr std::optional<Confidence> confidence_from(std::string_view text) noexcept {
  if (text == "low") return Confidence::kLow;
  if (text == "medium") return Confidence::kMedium;
  if (text == "high") return Confidence::kHigh;
  return std::nullopt;
}

}  // namespace abm
