// Why a slot that a rule has won still stays original, for people. Control plane; allocates.
#pragma once

#include <string>

#include "rules/match/matcher.h"
#include "rules/program/program.h"

namespace abm::rules {

/// "" if the winner has an edit on a UTF-8 page; otherwise what is missing, as `render_edits` judges it:
/// "account.attributes.competitor has no value and no default", "there is no fragments/food.html", "this
/// account is held out".
[[nodiscard]] std::string why_original(const Program& program, const Visit& visit, const Winner& winner);

}  // namespace abm::rules
