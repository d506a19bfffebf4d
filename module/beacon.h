// What a browser tells of a page that it shows: which slots were in view for a second. Not trusted: whatever
// it says is only kept beside the account that the request itself belongs to.
//
//   seen/1
//   9f3c0d6be1a24f6c8d0b5a7e12c4d9aa     the page's request id: 1 to 64 of A-Z a-z 0-9 -
//   /pricing                             its path as in `location.pathname`: printable ASCII, percent-encoded
//   hero-cta                             then 1 to 64 names of slots, one a line
//   case-study
//
// Lines end with LF; the last one may. Anything else is refused as a whole.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace abm::module {

/// A longer body is not read.
inline constexpr size_t kMaxBeaconBytes = 4096;
inline constexpr size_t kMaxBeaconSlots = 64;
inline constexpr size_t kMaxBeaconId = 64;

/// Views point into the body that was parsed, except for the path.
struct Beacon {
  std::string_view id;
  size_t path_size = 0;
  size_t slot_count = 0;
  std::array<std::string_view, kMaxBeaconSlots> slot_names;
  std::array<char, kMaxBeaconBytes> path_bytes;

  /// Percent-decoded, as paths of visit lines are; may hold any bytes but NUL.
  [[nodiscard]] std::string_view path() const noexcept { return {path_bytes.data(), path_size}; }
  [[nodiscard]] std::span<const std::string_view> slots() const noexcept {
    return {slot_names.data(), slot_count};
  }
};

/// False: `body` is not as the drawing says, and what `beacon` holds then is of no use.
[[nodiscard]] bool parse_beacon(std::string_view body, Beacon& beacon) noexcept;

/// Whether rules may call a slot so: the same names as yaml::is_name(), which workers do not have.
[[nodiscard]] bool is_slot_name(std::string_view text) noexcept;

}  // namespace abm::module
