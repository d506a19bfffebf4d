// A review for a terminal, for mail, and for programs.
#pragma once

#include <string>

#include "base/result.h"
#include "measure/review/model.h"

namespace abm::measure {

/// Lines, the last one ended. `strong`: marks titles, for a terminal.
[[nodiscard]] std::string review_text(const Review& review, bool strong);
/// A page that may be the body of a mail: every style stands where it is used; no script; nothing is loaded.
[[nodiscard]] std::string review_page(const Review& review);
/// A message with both, for a program such as `sendmail -t`, which adds sender and date. Lines end with "\n".
/// `to`: one address, or several with commas between. An error if that is no line of a header.
[[nodiscard]] Result<std::string> review_message(const Review& review, const std::string& to);
/// One object, with all accounts, however many: review.schema.json.
[[nodiscard]] std::string review_json(const Review& review);

}  // namespace abm::measure
