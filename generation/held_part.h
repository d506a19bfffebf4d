// What a process holds in memory of its generations, and why: for monitoring that it stays small.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "generation/manifest.h"

namespace abm::generation {

enum class Holder : uint8_t {
  kInUse,         ///< of the generation being served
  kBeingAdopted,  ///< of the one being loaded, as far as it is copied
  kBeingFreed,    ///< replaced, being freed slice by slice
  kUnderWay,      ///< replaced, but a response in progress still uses it: rules only
};

[[nodiscard]] constexpr std::string_view to_string(Holder holder) noexcept {
  switch (holder) {
    case Holder::kInUse:
      return "in use";
    case Holder::kBeingAdopted:
      return "being adopted";
    case Holder::kBeingFreed:
      return "being freed";
    case Holder::kUnderWay:
      return "responses under way";
  }
  return "in use";
}

/// What people call a part: "index", "accounts", "rules".
[[nodiscard]] constexpr std::string_view held_name(Part part) noexcept {
  constexpr std::array<std::string_view, kParts> kNames = {"index", "accounts", "rules"};
  return kNames[static_cast<size_t>(part)];
}

struct HeldPart {
  Part part = Part::kIpdb;
  uint64_t generation = 0;  ///< the newest known to contain it
  uint64_t bytes = 0;       ///< of the file
  Holder why = Holder::kInUse;
};

}  // namespace abm::generation
