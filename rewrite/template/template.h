// Placeholders: `{{ account.FIELD | default: "…" }}` in text, attribute values and markup, parsed once at
// check time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rewrite/template/placeholders.h"

namespace abm::rewrite {

/// What the template's source is, hence where its placeholders stand.
enum class TemplateKind : uint8_t {
  kText,            ///< `text:`: literal parts are escaped as text
  kMarkup,          ///< `html:`, fragments: literal parts stay, places are found by scanning the markup
  kAttributeValue,  ///< `attributes:` of an ordinary attribute; literal parts are escaped for double quotes
  kUrlAttributeValue,
  kUrlListAttributeValue,  ///< one URL only where a placeholder stands
  kPath,  ///< `html_file:`: values are used as file-name components (letters, digits, '.', '_', '-')
};

/// Literal parts are ready to be emitted (escaped already, UTF-8).
using TemplatePart = std::variant<std::string, Placeholder>;

struct Template {
  std::vector<TemplatePart> parts;
  [[nodiscard]] bool is_literal() const noexcept;
};

/// Parses and places. Every error, not only the first. `{{` that opens no placeholder is an error; `\{{`
/// writes "{{".
[[nodiscard]] Template parse_template(std::string_view source, TemplateKind kind,
                                      std::vector<TemplateError>& errors);

}  // namespace abm::rewrite
