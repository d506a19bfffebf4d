// Why a condition holds for an account, in the account's own numbers: "engagement 72, at least 60".
#pragma once

#include <string>

#include "accounts/account.h"
#include "rules/ast.h"

namespace abm::measure {

/// What of the condition holds, with "; " between; "" for one that holds for everybody.
[[nodiscard]] std::string facts_of(const rules::Condition& condition, const accounts::Account& account);

}  // namespace abm::measure
