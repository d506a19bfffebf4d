// What to do to the elements of a slot, and what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace abm::rewrite {

/// Sets or removes one attribute. `name` is lower case. `value` is already escaped for double quotes, with
/// its placeholders filled in; std::nullopt removes the attribute.
struct AttributeEdit {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// All edits of one slot for one response. Every view holds finished bytes in the page's encoding and must
/// stay valid until the rewriter and whatever its sink handed on are gone. `remove` excludes all others.
struct Edit {
  uint32_t slot = 0;                        ///< index of the selector in its SelectorSet
  std::optional<std::string_view> content;  ///< replaces the inner markup
  std::string_view before, prepend, append, after;
  std::span<const AttributeEdit> attributes;
  std::span<const std::string_view> add_classes;
  std::span<const std::string_view> remove_classes;
  bool hide = false;    ///< adds the `hidden` attribute
  bool remove = false;  ///< removes the element and its content
  /// The slot does not tell which element it is: if an attribute would load or run something there (`href` of
  /// a base, `src` of a script), the edit is skipped.
  bool guarded = false;
};

enum class Skip : uint8_t {
  kNone,
  kVoid,        ///< inner edit of a void element, or of a self-closed one in foreign content
  kRawText,     ///< inner edit of a script, style or other element whose content is not markup, where no
                ///< escaping is safe
  kUnclosed,    ///< no end tag, where there has to be one, or none within max_hold: the element stayed as it
                ///< was
  kTagTooLong,  ///< the start tag is longer than max_tag, and the edit, or a selector, needs all of it
  kDepth,       ///< nested deeper than max_depth
  kAmbiguous,   ///< the tokenizer's state could not be decided (the rest of the page is passed through)
  kNested,      ///< inside an element whose content was replaced or removed
  kMemory,      ///< no memory
  kUnsafe,      ///< a guarded edit, on an element where its attributes load or run something
};
[[nodiscard]] std::string_view to_string(Skip skip) noexcept;  ///< "void", "unclosed", "tag-too-long" …

/// What became of one Edit. `applied` counts elements whose last inserted or changed byte reached the sink.
struct Outcome {
  uint32_t applied = 0;
  uint32_t skipped = 0;
  Skip reason = Skip::kNone;  ///< of the first skipped element on the page, whenever it was skipped
  uint64_t skipped_at = 0;    ///< where that begins
  /// applied == 0 && skipped == 0: the page has no such element.
  [[nodiscard]] bool missing() const noexcept { return applied == 0 && skipped == 0; }
};

}  // namespace abm::rewrite
