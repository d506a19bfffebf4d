#include "rules/read/templates.h"

#include <algorithm>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "rules/placeholder.h"

namespace abm::rules {
namespace {

constexpr size_t kMaxTemplateBytes = 256u << 10;
constexpr std::string_view kAccount = "account.";
constexpr std::string_view kAttribute = "account.attributes.";

}  // namespace

std::string placeholder_fault(std::string_view source) {
  if (placeholder_source(source)) return {};
  const std::vector<std::string> names = placeholder_names();
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string hint = did_you_mean(source, views);
  if (hint.empty() && source.starts_with(kAccount)) {
    hint = fmt::format(": attributes of the feed are written '{}{}'", kAttribute,
                       source.substr(source.rfind('.') + 1));
  }
  return fmt::format("unknown field {}{}", yaml::in_quotes(source), hint);
}

bool uses_account_name(const rewrite::Template& content) noexcept {
  return std::any_of(content.parts.begin(), content.parts.end(), [](const rewrite::TemplatePart& part) {
    const auto* placeholder = std::get_if<rewrite::Placeholder>(&part);
    return placeholder != nullptr && placeholder->source == "account.name";
  });
}

bool parse_checked_template(std::string_view source, rewrite::TemplateKind kind, rewrite::Template& out,
                            const std::function<void(size_t, std::string)>& report) {
  std::vector<rewrite::TemplateError> errors;
  out = rewrite::parse_template(source, kind, errors);
  for (rewrite::TemplateError& error : errors) report(error.offset, std::move(error.message));
  bool ok = errors.empty();
  for (const rewrite::TemplatePart& part : out.parts) {
    const auto* placeholder = std::get_if<rewrite::Placeholder>(&part);
    if (placeholder == nullptr) continue;
    std::string fault = placeholder_fault(placeholder->source);
    // Whatever the parser refused needs no second report at the same place.
    const bool told = std::any_of(errors.begin(), errors.end(), [&](const rewrite::TemplateError& error) {
      return error.offset == placeholder->offset;
    });
    if (fault.empty() || told) continue;
    report(placeholder->offset, std::move(fault));
    ok = false;
  }
  return ok;
}

std::optional<rewrite::Template> read_template(Checker& check, const yaml::Node& scalar,
                                               std::string_view what, rewrite::TemplateKind kind,
                                               const ValueCheck& values) {
  const auto source = check.text(scalar, what, kMaxTemplateBytes);
  if (!source) return std::nullopt;
  rewrite::Template parsed;
  const bool ok = parse_checked_template(*source, kind, parsed, [&](size_t offset, std::string message) {
    check.error(check.position_in(scalar, offset), fmt::format("{}: {}", what, message));
  });
  if (!ok) return std::nullopt;
  for (const rewrite::TemplatePart& part : parsed.parts) {
    const auto* placeholder = std::get_if<rewrite::Placeholder>(&part);
    if (placeholder == nullptr || !placeholder->source.starts_with(kAttribute)) continue;
    values.attribute_name(check, std::string_view(placeholder->source).substr(kAttribute.size()),
                          check.position_in(scalar, placeholder->offset));
  }
  return parsed;
}

}  // namespace abm::rules
