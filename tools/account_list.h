// The accounts that reach is measured against: those of a feed file, or of a published generation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/generation.h"
#include "measure/store/visit_store.h"
#include "tools/inputs.h"

namespace abm::tools {

struct AccountListOptions {
  SiteOptions site;
  std::string accounts;  ///< --accounts: a feed

  void add_to(Command& command);
  [[nodiscard]] bool given() const noexcept {
    return !site.site.empty() || !site.data.empty() || !accounts.empty();
  }
};

struct AccountList {
  std::string name;  ///< "feed version 12 of halden-web (conf/accounts.ndjson)"
  std::vector<measure::ListedAccount> accounts;
};

/// std::nullopt: none was named, and there is no site with a published generation nearby. An error: one was
/// named, but cannot be read.
[[nodiscard]] Result<std::optional<AccountList>> load_account_list(const AccountListOptions& options);

/// The published generation of the site or data folder, on the same terms.
[[nodiscard]] Result<std::shared_ptr<const generation::Generation>> find_generation(
    const SiteOptions& options);

}  // namespace abm::tools
