// What `abmctl check` found on the sample pages, for people and for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rules/sample_page.h"
#include "tools/command.h"

namespace abm::tools {

/// "stays", "put back", "breaks the page", "may be put back".
[[nodiscard]] std::string_view fate_text(rewrite::Fate fate) noexcept;

/// One line for each page, and one for each slot on it.
[[nodiscard]] std::vector<std::string> page_review_lines(std::span<const rules::PageReview> pages);
/// Elements of an array.
void write_page_reviews(Json& json, std::span<const rules::PageReview> pages);

}  // namespace abm::tools
