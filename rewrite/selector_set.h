// All selectors of a site compiled into one flat, offset-only program, and the matcher that runs it beside the scanner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rewrite/selector.h"

namespace abm::rewrite {

/// Compiles lists in order: list i is slot i. Same input → same bytes (8-byte aligned size).
[[nodiscard]] Result<std::string> compile_selectors(std::span<const SelectorList> lists);

/// A compiled program, checked once, borrowed. Immutable; no lock needed.
class SelectorSet {
 public:
  SelectorSet() = default;
  /// Checks every offset, count and operator. `bytes` must be 8-byte aligned and outlive the set.
  [[nodiscard]] static Result<SelectorSet> open(std::string_view bytes);
  [[nodiscard]] uint32_t size() const noexcept;  ///< slots
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

/// One start tag as selectors see it. Attributes are looked up lazily: most tags are decided by their name alone.
class Element {
 public:
  std::string_view name;       ///< ASCII lower case
  bool is_root = false;
  uint32_t child_index = 1;    ///< 1-based among its parent's element children; counted only if the set needs it
  uint32_t type_index = 1;     ///< 1-based among those of its name; counted only if the set needs it

  /// Decoded value of the first attribute of that name (ASCII lower case), std::nullopt when absent. Valid during the
  /// match call.
  [[nodiscard]] virtual std::optional<std::string_view> attribute(std::string_view lower_name) const noexcept = 0;

 protected:
  ~Element() = default;
};

/// One of 64 classes of attribute names, by length and first and last letter, case ignored: a filter that a scanner
/// can apply to raw bytes. `name` is not empty.
[[nodiscard]] constexpr uint64_t attribute_name_bit(std::string_view name) noexcept {
  const unsigned first = static_cast<unsigned char>(name.front()) | 0x20u;
  const unsigned last = static_cast<unsigned char>(name.back()) | 0x20u;
  return uint64_t{1} << ((first * 5 + last + static_cast<unsigned>(name.size()) * 11) & 63);
}

/// Runs a SelectorSet along the stack of open elements. Each open element has a frame of `frame_words()` words, kept by
/// the caller beside its own stack; a zeroed frame stands for the document. Only `active` slots are looked for.
class SelectorMatcher {
 public:
  /// `active`: slots to report, or empty for all. Borrowed; both outlive the matcher. `scratch` needs
  /// `scratch_words(set)` words.
  SelectorMatcher(const SelectorSet& set, std::span<const uint32_t> active, std::span<uint64_t> scratch) noexcept;
  [[nodiscard]] static size_t scratch_words(const SelectorSet& set) noexcept;

  [[nodiscard]] size_t frame_words() const noexcept;           ///< 0 when no active selector has a combinator
  [[nodiscard]] bool needs_every_element() const noexcept;     ///< sibling combinators or :nth-* look at all elements
  [[nodiscard]] bool needs_child_index() const noexcept;
  [[nodiscard]] bool needs_type_index() const noexcept;
  /// False when no active compound can match an element of that name whatever its attributes: the caller may skip
  /// start_element then, unless needs_every_element(). Constant time.
  [[nodiscard]] bool may_match_name(std::string_view lower_name) const noexcept;
  /// False when, besides, every compound that could match needs an attribute and the tag has none.
  [[nodiscard]] bool may_match_without_attributes(std::string_view lower_name) const noexcept;

  /// Union of attribute_name_bit(name) of every attribute that active compounds look at (`id` and `class` where they
  /// are used). A tag none of whose attributes is in it matches like one without attributes.
  [[nodiscard]] uint64_t attribute_filter() const noexcept { return ~uint64_t{0}; }

  /// Matches one element. `parent` is the frame of its parent (updated with what siblings need to know), `own` is
  /// filled for its children. Calls add each matching active slot, ascending, to `matched` (at most its size; the
  /// return value is how many matched, which may be more).
  [[nodiscard]] size_t start_element(const Element& element, uint64_t* parent, uint64_t* own,
                                     std::span<uint32_t> matched) noexcept;

 private:
  const SelectorSet* set_;
  std::span<const uint32_t> active_;
  std::span<uint64_t> scratch_;
};

}  // namespace abm::rewrite
