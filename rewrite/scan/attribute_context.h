// What an attribute's value means to the browser, by element: one table for placeholders in markup and for
// edits of attributes, so that what is refused one way is refused the other way too.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace abm::rewrite {

/// From harmless to dangerous: where the element is not known, the greatest counts.
enum class AttributeContext : uint8_t {
  kText,        ///< shown, compared or kept
  kToken,       ///< names that only style and label: a value may add some, and nothing follows from it
  kUrl,         ///< one URL
  kUrlList,     ///< URLs between blanks or commas
  kKeyword,     ///< the browser acts on the words in it
  kSourceList,  ///< URLs with descriptors: srcset
  kCss,         ///< CSS, or a presentation attribute that takes url()
  kRefresh,     ///< content of a meta: with http-equiv, where the page goes
  kAnimation,   ///< what an SVG animation does to another attribute, a link's too
  kDocument,    ///< a page of its own
  kCode,        ///< decides what code runs, or where the page's URLs lead
  kScript,      ///< script, or an expression that a page's framework evaluates
};

struct AttributeUse {
  AttributeContext context = AttributeContext::kText;
  bool unsafe_to_set = false;     ///< loads or runs something, or loosens a policy, whatever the value is
  bool unsafe_to_remove = false;  ///< was a restriction
};

struct AttributeEntry {
  std::string_view attribute;
  std::string_view
      element;  ///< empty: any that has no entry of its own; kAnyAttribute entries name it always
  AttributeUse use;
};
/// Instead of an attribute: all of that element's that have no entry of their own.
inline constexpr std::string_view kAnyAttribute = "*";

/// The whole table, ascending by attribute, then element.
[[nodiscard]] std::span<const AttributeEntry> attribute_table() noexcept;

/// Both names in lower case. `element` must be known.
[[nodiscard]] AttributeUse attribute_use(std::string_view element, std::string_view attribute) noexcept;
/// For an element that is not known: the entry for any element, else the most dangerous that some element
/// gives the attribute. Where it is the former, `harmless_on` must be asked when the element is known.
[[nodiscard]] AttributeUse attribute_use_anywhere(std::string_view attribute) noexcept;
/// The most dangerous that any element gives the attribute.
[[nodiscard]] AttributeUse worst_attribute_use(std::string_view attribute) noexcept;

/// Whether setting (or removing) the attribute of that element needs nobody's special consent. `raw_element`:
/// as the page spells it. No allocation.
[[nodiscard]] bool harmless_on(std::string_view raw_element, std::string_view attribute, bool sets) noexcept;

/// Why no placeholder may stand in such a value, "its value is script"; "" where one may.
[[nodiscard]] std::string_view placeholder_refusal(AttributeContext context) noexcept;

/// Attributes whose values are URLs on some element, lower-case names. `srcset`, `style`, `on*`, `srcdoc` are
/// not: placeholders there are refused.
[[nodiscard]] bool is_url_attribute(std::string_view name) noexcept;
/// The same as placeholder_refusal(attribute_use_anywhere(attribute).context).
[[nodiscard]] std::string_view placeholder_refusal(std::string_view attribute) noexcept;

}  // namespace abm::rewrite
