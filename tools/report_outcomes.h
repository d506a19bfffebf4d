// What `abmctl report` is told of opportunities: files, the site's `outcomes:`, a window.
#pragma once

#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/outcomes/outcomes.h"
#include "tools/account_list.h"
#include "tools/command.h"

namespace abm::tools {

inline constexpr int kNoWindow = INT_MIN;  ///< it was not said

struct OutcomeOptions {
  std::vector<std::string> opportunities;  ///< --opportunities
  int window = kNoWindow;                  ///< --window, in days

  void add_to(Command& command);
};

/// What a report knows before it reads opportunities. `list` must outlive the request.
struct OutcomesBasis {
  const AccountListOptions& list_options;
  const std::optional<AccountList>& list;
  std::vector<std::string> seen = {};   ///< ids of accounts that came
  std::optional<int64_t> from_ms = {};  ///< --from
};

/// std::nullopt: no file was named, and the site has no `outcomes: opportunities:`. The request lacks the
/// primary outcome. `unread`: sources of the site that could not be read, for people.
[[nodiscard]] Result<std::optional<measure::OutcomesRequest>> outcomes_request(
    const OutcomeOptions& options, OutcomesBasis basis, std::vector<std::string>& unread, Output& out);

}  // namespace abm::tools
