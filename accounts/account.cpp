// The form of an account id, shared by the feed, the snapshot and anything that reads ids from elsewhere.
#include "accounts/account.h"

#include <algorithm>

namespace abm::accounts {

bool is_account_id(std::string_view text) noexcept {
  const auto letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxIdBytes && letter_or_digit(text[0]) &&
         std::all_of(text.begin() + 1, text.end(),
                     [&](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace abm::accounts
