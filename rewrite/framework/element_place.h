// Where an element lies among what frameworks hydrate.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::rewrite {

/// What an element lies in, or is: bits of these. Children inherit them.
using Within = uint8_t;
inline constexpr Within kInNextRoot = 1;     ///< #__next
inline constexpr Within kInNuxtRoot = 2;     ///< #__nuxt
inline constexpr Within kInNamedRoot = 4;    ///< an element with an id that roots usually have: root, app …
inline constexpr Within kInIsland = 8;       ///< astro-island
inline constexpr Within kInAstroSlot = 16;   ///< astro-slot: read from the page, not rendered again
inline constexpr Within kInNuxtIsland = 32;  ///< [data-island-uid]: the same
inline constexpr Within kInAngularHost = 64;  ///< an element with Angular's attributes

inline constexpr Within kInHeld = 128;  ///< an element with kHoldsAttribute

/// By this attribute a site's developer says that the framework leaves the element's inner HTML as it comes
/// (conf/frameworks).
inline constexpr std::string_view kHoldsAttribute = "data-abm-holds";

/// What is not rendered again, whatever it lies in.
inline constexpr Within kKeptAsIs = kInAstroSlot | kInNuxtIsland | kInHeld;

struct ElementPlace {
  Within within = 0;
  bool holds = false;  ///< it has kHoldsAttribute itself: what is inside is kept, what is beside it is not

  bool operator==(const ElementPlace&) const = default;
};

/// The places of all elements of a slot, taken as one: the one at most risk.
class SlotPlace {
 public:
  void add(ElementPlace place) noexcept {
    roots_ |= place.within & ~kKeptAsIs;
    kept_ &= place.within;
    holds_ &= place.holds;
  }
  [[nodiscard]] ElementPlace place() const noexcept {
    return {static_cast<Within>(roots_ | (kept_ & kKeptAsIs)), holds_};
  }

 private:
  Within roots_ = 0;
  Within kept_ = kKeptAsIs;
  bool holds_ = true;
};

}  // namespace abm::rewrite
