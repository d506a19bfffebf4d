// The tables of HTML 13.2.6.1 and 13.2.6.5.
#include "rewrite/select/foreign_names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr auto kSvgElements = std::to_array<std::string_view>({"altGlyph",
                                                               "altGlyphDef",
                                                               "altGlyphItem",
                                                               "animateColor",
                                                               "animateMotion",
                                                               "animateTransform",
                                                               "clipPath",
                                                               "feBlend",
                                                               "feColorMatrix",
                                                               "feComponentTransfer",
                                                               "feComposite",
                                                               "feConvolveMatrix",
                                                               "feDiffuseLighting",
                                                               "feDisplacementMap",
                                                               "feDistantLight",
                                                               "feDropShadow",
                                                               "feFlood",
                                                               "feFuncA",
                                                               "feFuncB",
                                                               "feFuncG",
                                                               "feFuncR",
                                                               "feGaussianBlur",
                                                               "feImage",
                                                               "feMerge",
                                                               "feMergeNode",
                                                               "feMorphology",
                                                               "feOffset",
                                                               "fePointLight",
                                                               "feSpecularLighting",
                                                               "feSpotLight",
                                                               "feTile",
                                                               "feTurbulence",
                                                               "foreignObject",
                                                               "glyphRef",
                                                               "linearGradient",
                                                               "radialGradient",
                                                               "textPath"});
constexpr auto kSvgAttributes = std::to_array<std::string_view>({"attributeName",
                                                                 "attributeType",
                                                                 "baseFrequency",
                                                                 "baseProfile",
                                                                 "calcMode",
                                                                 "clipPathUnits",
                                                                 "diffuseConstant",
                                                                 "edgeMode",
                                                                 "filterUnits",
                                                                 "glyphRef",
                                                                 "gradientTransform",
                                                                 "gradientUnits",
                                                                 "kernelMatrix",
                                                                 "kernelUnitLength",
                                                                 "keyPoints",
                                                                 "keySplines",
                                                                 "keyTimes",
                                                                 "lengthAdjust",
                                                                 "limitingConeAngle",
                                                                 "markerHeight",
                                                                 "markerUnits",
                                                                 "markerWidth",
                                                                 "maskContentUnits",
                                                                 "maskUnits",
                                                                 "numOctaves",
                                                                 "pathLength",
                                                                 "patternContentUnits",
                                                                 "patternTransform",
                                                                 "patternUnits",
                                                                 "pointsAtX",
                                                                 "pointsAtY",
                                                                 "pointsAtZ",
                                                                 "preserveAlpha",
                                                                 "preserveAspectRatio",
                                                                 "primitiveUnits",
                                                                 "refX",
                                                                 "refY",
                                                                 "repeatCount",
                                                                 "repeatDur",
                                                                 "requiredExtensions",
                                                                 "requiredFeatures",
                                                                 "specularConstant",
                                                                 "specularExponent",
                                                                 "spreadMethod",
                                                                 "startOffset",
                                                                 "stdDeviation",
                                                                 "stitchTiles",
                                                                 "surfaceScale",
                                                                 "systemLanguage",
                                                                 "tableValues",
                                                                 "targetX",
                                                                 "targetY",
                                                                 "textLength",
                                                                 "viewBox",
                                                                 "viewTarget",
                                                                 "xChannelSelector",
                                                                 "yChannelSelector",
                                                                 "zoomAndPan"});
constexpr auto kNamespaced = std::to_array<NamespacedAttribute>({{"xlink:actuate", "actuate"},
                                                                 {"xlink:arcrole", "arcrole"},
                                                                 {"xlink:href", "href"},
                                                                 {"xlink:role", "role"},
                                                                 {"xlink:show", "show"},
                                                                 {"xlink:title", "title"},
                                                                 {"xlink:type", "type"},
                                                                 {"xml:lang", "lang"},
                                                                 {"xml:space", "space"},
                                                                 {"xmlns", "xmlns"},
                                                                 {"xmlns:xlink", "xlink"}});

std::string_view adjusted(std::span<const std::string_view> names, std::string_view lower) noexcept {
  const auto found = std::ranges::find_if(
      names, [lower](std::string_view name) { return equals_ignoring_case(name, lower); });
  return found == names.end() ? lower : *found;
}

}  // namespace

std::string_view svg_element_name(std::string_view lower) noexcept {
  return adjusted(kSvgElements, lower);
}

std::string_view svg_attribute_name(std::string_view lower) noexcept {
  return adjusted(kSvgAttributes, lower);
}

std::string_view mathml_attribute_name(std::string_view lower) noexcept {
  return lower == "definitionurl" ? "definitionURL" : lower;
}

std::span<const NamespacedAttribute> namespaced_attributes() noexcept {
  return kNamespaced;
}

bool is_namespaced_attribute(std::string_view lower) noexcept {
  return std::ranges::find(kNamespaced, lower, &NamespacedAttribute::written) != kNamespaced.end();
}

}  // namespace abm::rewrite
