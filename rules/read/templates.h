// Templates of a rule or fragment: parsed by rewrite/template/template.h, fields checked, errors
// reported at their place.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rewrite/template/template.h"
#include "rules/read/checker.h"
#include "rules/read/values.h"

namespace abm::rules {

/// Why a placeholder's source names nothing ("unknown field …, did you mean …"), "" if it is valid.
[[nodiscard]] std::string placeholder_fault(std::string_view source);
/// Whether `content` has a placeholder `account.name`.
[[nodiscard]] bool uses_account_name(const rewrite::Template& content) noexcept;

/// Parses the scalar as `kind`. Every error is reported at its place inside the scalar;
/// std::nullopt after an error.
[[nodiscard]] std::optional<rewrite::Template> read_template(Checker& check, const yaml::Node& scalar,
                                                             std::string_view what,
                                                             rewrite::TemplateKind kind,
                                                             const ValueCheck& values);

/// The same for bytes of any origin: `report` gets each error's byte offset and text. False after an error.
bool parse_checked_template(std::string_view source, rewrite::TemplateKind kind, rewrite::Template& out,
                            const std::function<void(size_t, std::string)>& report);

}  // namespace abm::rules
