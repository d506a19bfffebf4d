// What becomes of an edit once the page's framework has hydrated it in the browser. What each framework
// compares, and what it does where the page differs, was measured (conf/frameworks/README.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "rewrite/edit.h"
#include "rewrite/framework/element_place.h"
#include "rewrite/framework/page_signs.h"

namespace abm::rewrite {

enum class Fate : uint8_t {
  kStays,
  kReverted,    ///< the framework puts its own content back, after a flash
  kBreaksPage,  ///< its hydration fails: parts of the page no longer work, or appear twice
  kOutside,     ///< outside of what it hydrates: stays
  kUnknown,     ///< depends on the component, which the page does not tell
};
/// "stays", "reverted", "breaks-page", "outside", "unknown".
[[nodiscard]] std::string_view to_string(Fate fate) noexcept;
/// Whether people are known not to see the edit, or to see a broken page.
[[nodiscard]] constexpr bool is_at_risk(Fate fate) noexcept {
  return fate == Fate::kReverted || fate == Fate::kBreaksPage;
}

/// What an edit does to an element, as a framework sees it.
struct EditShape {
  bool content = false;      ///< replaces the inner markup
  bool markup = false;       ///< by elements, not by text alone
  bool inner_nodes = false;  ///< prepends or appends
  bool siblings = false;     ///< inserts before or after it
  bool remove = false;       ///< takes it away
  bool attributes = false;   ///< sets or removes attributes or classes
  bool hide = false;         ///< adds `hidden`, which no framework was seen to take away
};
[[nodiscard]] EditShape shape_of(const Edit& edit) noexcept;

/// Literals.
struct Judgement {
  Fate fate = Fate::kStays;
  std::string_view why;     ///< a clause: "React compares text, and renders its root anew …"
  std::string_view remedy;  ///< what to do; "" where there is nothing to do
};

/// One edit, by itself, on an element so placed.
[[nodiscard]] Judgement judge(const PageSigns& signs, ElementPlace place, EditShape shape) noexcept;
/// The same where another edit of the page is at risk: React renders all that it hydrates anew.
[[nodiscard]] Judgement judge_beside_risk(const PageSigns& signs, ElementPlace place,
                                          EditShape shape) noexcept;

}  // namespace abm::rewrite
