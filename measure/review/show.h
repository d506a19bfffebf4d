// A review for a terminal, for mail, and for programs.
#pragma once

#include <string>

#include "measure/review/model.h"

namespace abm::measure {

/// Lines, the last one ended. `strong`: marks titles, for a terminal.
[[nodiscard]] std::string review_text(const Review& review, bool strong);
/// A page that may be the body of a mail: every style stands where it is used; no script; nothing is loaded.
[[nodiscard]] std::string review_page(const Review& review);
/// One object, with all accounts, however many.
[[nodiscard]] std::string review_json(const Review& review);

}  // namespace abm::measure
