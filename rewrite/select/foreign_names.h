// How names are written in svg and math once the parser has adjusted them (HTML 13.2.6.1): selectors compare
// them with case there.
#pragma once

#include <span>
#include <string_view>

namespace abm::rewrite {

/// "Adjust SVG tag names" and "create an element for the token": `lower` itself where nothing changes.
[[nodiscard]] std::string_view svg_element_name(std::string_view lower) noexcept;
/// "Adjust SVG attributes", "adjust MathML attributes".
[[nodiscard]] std::string_view svg_attribute_name(std::string_view lower) noexcept;
[[nodiscard]] std::string_view mathml_attribute_name(std::string_view lower) noexcept;

/// An attribute that svg and math elements have in a namespace ("adjust foreign attributes").
struct NamespacedAttribute {
  std::string_view written;  ///< as the page has it
  std::string_view local;    ///< as selectors name it
};
[[nodiscard]] std::span<const NamespacedAttribute> namespaced_attributes() noexcept;
[[nodiscard]] bool is_namespaced_attribute(std::string_view lower) noexcept;

}  // namespace abm::rewrite
