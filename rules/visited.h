// `visited:` before there is a program, on accounts that are not in a snapshot yet. match/ has the same
// meaning for visits.
#pragma once

#include <span>

#include "accounts/account.h"
#include "rules/ast.h"

namespace abm::rules {

/// Whether a test of Subject::kVisited holds for an account with these pages.
[[nodiscard]] bool visited_holds(const Test& test, std::span<const accounts::VisitedPage> pages);

}  // namespace abm::rules
