// Whether as many accounts came of each arm as the lot should have brought: a comparison is worth nothing
// where accounts of one arm were lost on the way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/outcomes/daily_look.h"
#include "measure/report/tables.h"
#include "measure/statistics/chi_square.h"

namespace abm::measure {

/// One lot: the control group, or the holdout of a rule.
struct SampleRatio {
  std::string rule;        ///< "": the control group
  bool of_listed = false;  ///< of all listed accounts, as the published rules draw, not of those that came
  uint64_t treated = 0, kept_back = 0;
  double planned = 0;  ///< share that is to be kept back
  Fit fit;
  std::string lacks;  ///< not empty: it cannot be judged; this says why
};

/// The alarm is raised below this p: rarely by chance, though reports are made often.
inline constexpr double kSampleRatioAlarm = 0.001;
/// Fewer expected accounts in a group tell nothing (Cochran 1954).
inline constexpr double kFewestInArm = 5;

[[nodiscard]] bool is_alarm(const SampleRatio& ratio) noexcept;

/// Of the table `sample_ratio`, in its order; rules without a holdout, planned or found, are left out. The
/// table loses their rows too, gets one for all listed accounts if the plan has drawn them, and the columns
/// planned_share, expected_kept_back, p, remark and accounts.
[[nodiscard]] std::vector<SampleRatio> judge_sample_ratios(Table& table, const Plan& plan);

/// What is wrong, and what the cause may be; for an alarm.
[[nodiscard]] std::string alarm_text(const SampleRatio& ratio);

}  // namespace abm::measure
