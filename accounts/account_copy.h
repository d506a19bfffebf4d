// One account copied out of its snapshot: what a request keeps when its generation may be replaced meanwhile.
#pragma once

#include <optional>

#include "accounts/snapshot.h"
#include "base/memory.h"

namespace abm::accounts {

/// A copy of `account` in its own memory, valid as long as that memory and independent of the
/// snapshot. AccountView says the same about it, except that only the first domain is kept. One piece
/// of `memory`, never given back: about 300 bytes plus the account's texts, at most 250 KiB.
/// std::nullopt when out of memory.
[[nodiscard]] std::optional<AccountView> copy_account(const AccountView& account,
                                                      const MemorySource& memory) noexcept;

}  // namespace abm::accounts
