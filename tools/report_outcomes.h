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

/// std::nullopt: no file was named, and the site has no `outcomes: opportunities:`. `list` must outlive the
/// request, which lacks the primary outcome; `from_ms`: --from. `unread`: sources of the site that could not
/// be read, for people.
[[nodiscard]] Result<std::optional<measure::OutcomesRequest>> outcomes_request(
    const OutcomeOptions& options, const AccountListOptions& list_options,
    const std::optional<AccountList>& list, std::optional<int64_t> from_ms, std::vector<std::string>& unread,
    Output& out);

}  // namespace abm::tools
