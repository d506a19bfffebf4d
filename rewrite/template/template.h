// Placeholders: `{{ account.FIELD | default: "…" }}` in text, attribute values and markup, parsed once, when
// rules are checked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rewrite/template/placeholders.h"

namespace abm::rewrite {

/// What the template's source is, and so where its placeholders are.
enum class TemplateKind : uint8_t {
  kText,    ///< `text:`: literal parts are escaped as text
  kMarkup,  ///< `html:`, fragments: literal parts stay as they are; places are found by scanning the markup
  kAttributeValue,  ///< `attributes:` of an ordinary attribute; literal parts are escaped for double quotes
  kUrlAttributeValue,
  kUrlListAttributeValue,  ///< with a placeholder, one URL only
  kPath,  ///< `html_file:`: values are used as file-name components (letters, digits, '.', '_', '-')
};

/// Literal parts are ready to be emitted (escaped already, UTF-8).
using TemplatePart = std::variant<std::string, Placeholder>;

struct Template {
  std::vector<TemplatePart> parts;
  [[nodiscard]] bool is_literal() const noexcept;
};

/// Parses the source and finds the place of each placeholder. Reports every error, not only the first. A `{{`
/// that opens no placeholder is an error; `\{{` writes "{{".
[[nodiscard]] Template parse_template(std::string_view source, TemplateKind kind,
                                      std::vector<TemplateError>& errors);

}  // namespace abm::rewrite
