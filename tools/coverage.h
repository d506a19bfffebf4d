// Who can be recognised: the accounts of a site by tier and way, why the others are not, and which of them
// came.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/build.h"
#include "generation/recognition.h"
#include "measure/report/tables.h"
#include "tools/output.h"

namespace abm::tools {

/// Visits of people by account, from visit logs.
struct CameAccounts {
  struct Visits {
    uint64_t visits = 0;
    int64_t last_ms = 0;
  };
  std::vector<std::pair<std::string, Visits>> accounts;  ///< sorted by id
  int64_t first_ms = 0, last_ms = 0;                     ///< of all visits; 0: none
  [[nodiscard]] const Visits* find(std::string_view account) const;
};
[[nodiscard]] Result<CameAccounts> came_accounts(const std::vector<std::string>& logs,
                                                 const std::function<void(uint64_t, uint64_t)>& progress,
                                                 const Output& out);

struct CoveredAccount {
  std::string id, name;
  accounts::Tier tier = accounts::Tier::kUntiered;
  generation::Recognition recognition;
  uint64_t visits = 0;
};

struct Coverage {
  static constexpr size_t kTiers = 4;  ///< one-to-one first
  struct Tier {
    std::string name;
    uint64_t accounts = 0;
    std::array<uint64_t, generation::kWays> by{};
    uint64_t came = 0;  ///< of those that an address leads to
    uint64_t came_else =
        0;  ///< of the others: they signed in or followed a link, or an address led to them then
    [[nodiscard]] uint64_t recognisable() const noexcept;
  };
  std::string source;  ///< "accounts.ndjson, feed version 12 of acme-web"
  std::array<Tier, kTiers> tiers;
  Tier all;
  uint64_t excluded = 0;                 ///< accounts that are known and never personalized: in no figure
  std::vector<CoveredAccount> accounts;  ///< by tier, then in feed order
  bool traffic = false;                  ///< visit logs were read
  int64_t first_ms = 0, last_ms = 0;
};

[[nodiscard]] Coverage coverage_of(const generation::BuildInputs& inputs,
                                   const generation::Artifacts& artifacts, const CameAccounts* came);

/// A picture and the reasons, for a terminal that is so many columns wide (40 at least), in plain characters.
/// `list`: also one line for each account that no address leads to.
[[nodiscard]] std::string coverage_text(const Coverage& coverage, size_t columns, bool list);
[[nodiscard]] std::string coverage_json(const Coverage& coverage);
/// One row an account.
[[nodiscard]] measure::Table coverage_table(const Coverage& coverage);

}  // namespace abm::tools
