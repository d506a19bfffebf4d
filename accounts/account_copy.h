// One account copied out of its snapshot: what a request keeps when its generation may be replaced meanwhile.
#pragma once

#include <optional>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/memory.h"

namespace abm::accounts {

/// A copy of `account` in its own memory, valid as long as that memory and independent of the
/// snapshot. AccountView says the same about it, except that only the first domain is kept. One piece
/// of `memory`, never given back: about 300 bytes plus the account's texts, at most 270 KiB.
/// std::nullopt when out of memory.
/// `role`, if not empty, is the copy's attribute "role", whatever the account says of itself: a link was sent
/// to one person.
[[nodiscard]] std::optional<AccountView> copy_account(const AccountView& account, const MemorySource& memory,
                                                      std::string_view role = {}) noexcept;

}  // namespace abm::accounts
