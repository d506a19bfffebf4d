// Renders a template with one value in every placeholder: what tests of escaping put into pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rewrite/template/template.h"

namespace abm::rewrite {

/// std::nullopt when the template is refused, or has no placeholder.
[[nodiscard]] inline std::optional<Template> accepted_template(std::string_view source, TemplateKind kind) {
  std::vector<TemplateError> errors;
  Template parsed = parse_template(source, kind, errors);
  if (!errors.empty() || parsed.is_literal()) return std::nullopt;
  return parsed;
}

[[nodiscard]] inline std::string render(const Template& parsed, std::string_view value, Charset charset) {
  std::string out;
  for (const TemplatePart& part : parsed.parts) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      out += *literal;
    } else {
      append_escaped(out, value, std::get<Placeholder>(part).place, charset);
    }
  }
  return out;
}

}  // namespace abm::rewrite
