// What published rules and the command line say about a programme, for the report.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "measure/outcomes/daily_look.h"
#include "measure/store/listed_arms.h"
#include "tools/account_list.h"

namespace abm::tools {

struct ReportPlanOptions {
  std::string control;  ///< --control, in percent; "": that of the rules
  int within = measure::Plan{}.days;
};

struct ReportPlan {
  measure::Plan plan;
  std::vector<measure::ListedArm> arms;  ///< of listed accounts that are not excluded; empty: not known
};

/// `list`: std::nullopt: there is none. Arms are told where the rules have a control group, and the option
/// does not say that visits are from under another.
[[nodiscard]] Result<ReportPlan> make_report_plan(const ReportPlanOptions& options, const SiteOptions& site,
                                                  const std::optional<AccountList>& list);

}  // namespace abm::tools
