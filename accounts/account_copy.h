// One account taken out of its snapshot: what a request keeps of a generation that may be replaced meanwhile.
#pragma once

#include <optional>

#include "accounts/snapshot.h"
#include "base/memory.h"

namespace abm::accounts {

/// `account` in memory of its own, valid as long as that memory and no longer bound to the snapshot. All that
/// AccountView tells is the same, but of its domains only the first is kept. One piece of `memory`, which is
/// never put back: some 300 bytes and the account's texts, at most 250 KiB. std::nullopt without memory.
[[nodiscard]] std::optional<AccountView> copy_account(const AccountView& account,
                                                      const MemorySource& memory) noexcept;

}  // namespace abm::accounts
