// A condition on the account alone in site.yaml: the language of rules' `when`, less what is about a page.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "rules/ast.h"
#include "yaml/node.h"
#include "yaml/source_text.h"

namespace abm::generation {

/// std::nullopt after errors, which are reported with their places. Segments are those of the feed.
[[nodiscard]] std::optional<rules::Condition> read_account_condition(const yaml::Node& node,
                                                                     const std::string& file,
                                                                     const yaml::SourceText& text,
                                                                     Diagnostics& diagnostics);

}  // namespace abm::generation
