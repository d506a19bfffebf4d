// All selectors of a site compiled into one flat program without pointers, and the matcher that runs it
// during the scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rewrite/scan/name_hash.h"
#include "rewrite/select/selector.h"
#include "rewrite/tree/open_elements.h"

namespace abm::rewrite {

/// Compiles lists (as parse_selector gives them) in order: list i is slot i. The same input gives the same
/// bytes; their number is a multiple of 8. Fails beyond 4096 slots, 4096 ancestors and siblings in all, or 16
/// MiB.
[[nodiscard]] Result<std::string> compile_selectors(std::span<const SelectorList> lists);

/// A compiled program, checked once, borrowed. Immutable; no lock needed.
class SelectorSet {
 public:
  SelectorSet() = default;
  /// Checks every offset, count and operator. `bytes` must be 8-byte aligned and outlive the set.
  [[nodiscard]] static Result<SelectorSet> open(std::string_view bytes);
  [[nodiscard]] uint32_t size() const noexcept;  ///< slots
  /// One more slot, which every set has: the page's head element, where that has a start tag.
  [[nodiscard]] uint32_t head_slot() const noexcept { return size(); }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

/// One start tag as selectors see it. Attributes are looked up only when needed: the name alone decides most
/// tags.
class Element {
 public:
  std::string_view name;  ///< ASCII lower case
  bool is_root = false;   ///< the html element
  Space space = Space::kHtml;
  bool quirks = false;  ///< the page is in quirks mode
  uint32_t child_index =
      1;                    ///< 1-based among its parent's element children; counted only if the set needs it
  uint32_t type_index = 1;  ///< 1-based among those of its name; counted only if the set needs it

  /// Decoded value of the first attribute of that name (ASCII lower case), std::nullopt when absent. Valid
  /// during the match call.
  [[nodiscard]] virtual std::optional<std::string_view> attribute(
      std::string_view lower_name) const noexcept = 0;
  /// The OR of attribute_bit (rewrite/scan/name_hash.h) over the tag's attribute names: saves looking up
  /// absent ones.
  [[nodiscard]] virtual uint64_t attribute_bits() const noexcept { return ~uint64_t{0}; }

 protected:
  ~Element() = default;
};

/// Names of elements: a set that may take one for another.
class OpenNames {
 public:
  void add(std::string_view lower_name) noexcept {
    any_ = true;
    bits_ |= bit(lower_name);
  }
  void add_unknown() noexcept { add({}), bits_ = ~uint64_t{0}; }
  [[nodiscard]] bool any() const noexcept { return any_; }
  [[nodiscard]] bool may_have(std::string_view lower_name) const noexcept {
    return (bits_ & bit(lower_name)) != 0;
  }

 private:
  static uint64_t bit(std::string_view name) noexcept { return uint64_t{1} << (name_hash(name) >> 58); }
  uint64_t bits_ = 0;
  bool any_ = false;
};

class CachedElement;

/// Runs a SelectorSet along the stack of open elements. Each open element has a frame of `frame_words()`
/// words, kept by the caller beside its own stack; a zeroed frame stands for the document. Only `active`
/// slots are looked for.
///
/// A compound is found from the tag by hash: its type, then its id, an attribute's value, a class or an
/// attribute's name. So the cost of an element depends on its own name and attributes, not on how many slots
/// there are.
class SelectorMatcher {
 public:
  /// `active`: slots to report; empty for all. Read only here. `set` and `scratch` outlive the matcher;
  /// `scratch` needs `scratch_words(set)` words.
  SelectorMatcher(const SelectorSet& set, std::span<const uint32_t> active,
                  std::span<uint64_t> scratch) noexcept;
  [[nodiscard]] static size_t scratch_words(const SelectorSet& set) noexcept;

  /// 0 when no active selector has a combinator; at most 64 (program::kMaxSteps bits).
  [[nodiscard]] size_t frame_words() const noexcept { return frame_words_; }
  [[nodiscard]] bool needs_every_element()
      const noexcept;  ///< sibling combinators or :nth-* look at all elements
  [[nodiscard]] bool needs_child_index() const noexcept;
  [[nodiscard]] bool needs_type_index() const noexcept;
  /// Whether a slot's selector looks beyond the element itself: combinators, :nth-*. Not :root.
  [[nodiscard]] bool uses_relatives(uint32_t slot) const noexcept;
  /// Whether the slot is active and looks at a type_index, its own or that of an element before it.
  [[nodiscard]] bool asks_type_index(uint32_t slot) const noexcept;
  /// Union of attribute_bit of the attributes that the active slots look at. It is found when asked for.
  [[nodiscard]] uint64_t asked_attributes() const noexcept;
  /// The same of one slot; 0 where it is not active.
  [[nodiscard]] uint64_t asked_attributes(uint32_t slot) const noexcept;
  /// Whether an active slot looks at the attribute of that name.
  [[nodiscard]] bool asks_attribute(std::string_view lower_name) const noexcept;
  [[nodiscard]] uint32_t slots() const noexcept { return set_->size(); }
  /// Exact, and constant time: an element of that name may match only if some attribute of the tag has an
  /// attribute_bit (rewrite/scan/name_hash.h) in the mask. 0: it cannot match, and skip_element may be called
  /// instead of start_element. kAnyAttributes: its attributes do not rule it out.
  [[nodiscard]] uint64_t attribute_mask(std::string_view lower_name) const noexcept {
    const uint64_t hash = name_hash(lower_name);
    const bool known = (names_[hash >> 62] >> ((hash >> 56) & 63)) & 1;
    return known ? any_name_mask_ | group_mask(lower_name, hash) : any_name_mask_;
  }
  static constexpr uint64_t kAnyAttributes = ~uint64_t{0};

  /// Matches one element. `parent` is the frame of its parent (updated with what siblings need to know),
  /// `own` is filled for its children; nullptr for an element that has none. Calls add each matching active
  /// slot, ascending, to `matched` (at most its size; the return value is how many matched, which may be
  /// more).
  [[nodiscard]] size_t start_element(const Element& element, uint64_t* parent, uint64_t* own,
                                     std::span<uint32_t> matched) noexcept;
  /// The frames' part of start_element for an element that matches nothing. Needed only while frame_words() >
  /// 0.
  void skip_element(uint64_t* parent, uint64_t* own) const noexcept;

  // For html and body, whose attributes may come late.

  /// As start_element, but leaves the frames alone: `steps` (frame_words() words) gets what the element
  /// matches for others.
  [[nodiscard]] size_t match_again(const Element& element, const uint64_t* parent, uint64_t* steps,
                                   std::span<uint32_t> matched) noexcept;
  /// An element that matched the steps `before` matches those `after`: brings its own frame up to date, and
  /// those of elements in it. `parent`: its parent's, or nullptr.
  void replace_steps(const uint64_t* before, const uint64_t* after, const uint64_t* parent,
                     uint64_t* own) const noexcept;
  void replace_inherited_steps(const uint64_t* before, const uint64_t* after, const uint64_t* parent,
                               uint64_t* deeper) const noexcept;
  /// The elements between html or body and what follows.
  struct Between {
    bool opened = false;  ///< whether there were any
    OpenNames open;       ///< names of those that are still open
  };
  /// Whether a change of steps reaches elements in between that are not matched again, so that what the
  /// frames say of the slot may be wrong.
  [[nodiscard]] bool forgets(uint32_t slot, const uint64_t* before, const uint64_t* after,
                             const Between& between) const noexcept;

 private:
  void activate(uint32_t slot) noexcept;
  void match_steps(const Element& element, const uint64_t* parent) noexcept;
  [[nodiscard]] bool is_active(uint32_t slot) const noexcept {
    return first_step_ != nullptr && ~first_step_[slot] != 0;
  }
  [[nodiscard]] uint64_t group_mask(std::string_view lower_name, uint64_t hash) const noexcept;
  void try_group(uint32_t group, CachedElement& element, const uint64_t* parent) noexcept;
  void try_compounds(uint32_t first, uint32_t count, CachedElement& element, const uint64_t* parent) noexcept;
  [[nodiscard]] size_t take_matches(std::span<uint32_t> matched) noexcept;

  const SelectorSet* set_;
  // Parts of the scratch memory.
  uint64_t* slot_hits_ = nullptr;     ///< bit per slot: matches of the current element
  uint64_t* step_hits_ = nullptr;     ///< bit per active step, like a frame
  uint64_t* inherited_ = nullptr;     ///< steps before a blank: they hold for all descendants
  uint64_t* for_children_ = nullptr;  ///< those and steps before '>'
  uint64_t* for_next_ = nullptr;      ///< steps before '+': they hold for one sibling
  uint64_t* for_siblings_ = nullptr;  ///< those and steps before '~'
  uint64_t* group_masks_ = nullptr;   ///< per group; 0 where no active compound stands in it
  uint32_t* first_step_ = nullptr;    ///< per slot its first frame bit, ~0 when not active

  uint64_t names_[4] = {};      ///< 256-bit filter over the names of groups in use
  uint64_t any_name_mask_ = 0;  ///< attribute_mask of names that no compound names
  uint32_t slot_words_ = 0;
  uint32_t frame_words_ = 0;
  uint32_t steps_ = 0;
  uint32_t flags_ = 0;
  bool any_hit_ = false;
};

}  // namespace abm::rewrite
