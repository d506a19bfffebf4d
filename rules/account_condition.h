// Whether a condition on the account alone holds for one: for those who move accounts, before there is a
// program. match/ has the same meaning for visits.
#pragma once

#include "accounts/account.h"
#include "rules/ast.h"

namespace abm::rules {

/// Tests of pages and of confidence hold for no account.
[[nodiscard]] bool holds_for(const Condition& condition, const accounts::Account& account);
/// One test; kTest's own meaning.
[[nodiscard]] bool holds_for(const Test& test, const accounts::Account& account);

}  // namespace abm::rules
