// What an attribute's value means to the browser, by element. Placeholders in markup and edits of attributes
// use the same table, so that what one refuses, the other refuses too.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace abm::rewrite {

/// From harmless to dangerous: where the element is not known, the most dangerous one counts.
enum class AttributeContext : uint8_t {
  kText,        ///< shown, compared or kept
  kToken,       ///< names for styling and labels: a value may add some without harm
  kUrl,         ///< one URL
  kUrlList,     ///< URLs, separated by blanks or commas
  kKeyword,     ///< the browser acts on the words in it
  kSourceList,  ///< URLs with descriptors: srcset
  kCss,         ///< CSS, or a presentation attribute that takes url()
  kRefresh,     ///< content of a meta: with http-equiv it can send the reader elsewhere
  kAnimation,   ///< what an SVG animation does to another attribute, including a link's
  kDocument,    ///< a whole document
  kCode,        ///< decides what code runs, or where the page's URLs lead
  kScript,      ///< script, or an expression that a page's framework evaluates
};

struct AttributeUse {
  AttributeContext context = AttributeContext::kText;
  bool unsafe_to_set = false;     ///< whatever the value, loads or runs something, or loosens a policy
  bool unsafe_to_remove = false;  ///< it was a restriction
};

struct AttributeEntry {
  std::string_view attribute;
  std::string_view
      element;  ///< empty: any element without an entry of its own. Entries of kAnyAttribute always name one
  AttributeUse use;
};
/// In place of an attribute: all attributes of that element that have no entry of their own.
inline constexpr std::string_view kAnyAttribute = "*";

/// The whole table, ascending by attribute, then element.
[[nodiscard]] std::span<const AttributeEntry> attribute_table() noexcept;

/// Both names in lower case. `element` must be known.
[[nodiscard]] AttributeUse attribute_use(std::string_view element, std::string_view attribute) noexcept;
/// For an element that is not known yet: the entry for any element, or else the most dangerous use of the
/// attribute on some element. In the first case, ask `harmless_on` once the element is known.
[[nodiscard]] AttributeUse attribute_use_anywhere(std::string_view attribute) noexcept;
/// The most dangerous use of the attribute on any element.
[[nodiscard]] AttributeUse worst_attribute_use(std::string_view attribute) noexcept;

/// Whether the attribute of that element may be set (or removed) without special consent. `raw_element`: as
/// the page spells it. Does not allocate.
[[nodiscard]] bool harmless_on(std::string_view raw_element, std::string_view attribute, bool sets) noexcept;

/// Why no placeholder may stand in such a value, "its value is script"; "" where one may.
[[nodiscard]] std::string_view placeholder_refusal(AttributeContext context) noexcept;

/// Attributes whose values are URLs on some element, lower-case names. `srcset`, `style`, `on*`, `srcdoc` are
/// not: placeholders there are refused.
[[nodiscard]] bool is_url_attribute(std::string_view name) noexcept;
/// The same as placeholder_refusal(attribute_use_anywhere(attribute).context).
[[nodiscard]] std::string_view placeholder_refusal(std::string_view attribute) noexcept;

}  // namespace abm::rewrite
