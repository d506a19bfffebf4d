// The account that a person means: by id, name or domain.
#pragma once

#include <string_view>

#include "accounts/snapshot.h"
#include "base/result.h"

namespace abm::tools {

/// The account with that id; else the one with that name (in any case), or that domain, with or without
/// "www.". If several have it, the error lists them. Errors complete "--account 'TEXT': …". Valid as long as
/// the snapshot.
[[nodiscard]] Result<accounts::AccountView> find_account(const accounts::Snapshot& accounts,
                                                         std::string_view text);

}  // namespace abm::tools
