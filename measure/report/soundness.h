// Whether the experiment ran as it was meant to: what else, besides personalization, may differ between the
// arms. Each check has one sentence; an alarm says what to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/outcomes/daily_look.h"
#include "measure/report/sample_ratio.h"
#include "measure/report/tables.h"

namespace abm::measure {

struct SoundnessCheck {
  enum class Verdict : uint8_t { kSound, kAlarm, kNotJudged };
  std::string name;  ///< lot, arrivals, exposure, contamination, delivery, identification, visits
  Verdict verdict = Verdict::kNotJudged;
  std::string sentence;
  std::optional<double> p;  ///< of the test, if there is one for one look
  bool stops = false;       ///< an alarm after which no comparison with the control group may be believed
};

/// Alarms that a test raises are raised below this p, so that a sound programme raises each in one report of
/// a thousand.
inline constexpr double kSoundnessAlarm = kSampleRatioAlarm;
/// Accounts that must have come, of either arm, before shares of them and their visits are judged.
inline constexpr uint64_t kFewestForSoundness = 20;

/// From the tables of the queries; arms_by_day gets the columns control_share (of new accounts so far), low
/// and high (what share may have been drawn, at all times at once). Needs `ratios` of judge_sample_ratios().
[[nodiscard]] std::vector<SoundnessCheck> check_soundness(std::vector<Table>& tables,
                                                          const std::vector<SampleRatio>& ratios,
                                                          const Plan& plan);

/// Whether comparisons with the control group may not be believed.
[[nodiscard]] bool is_control_doubtful(const std::vector<SampleRatio>& ratios,
                                       const std::vector<SoundnessCheck>& checks) noexcept;

[[nodiscard]] std::string_view to_string(SoundnessCheck::Verdict verdict) noexcept;

}  // namespace abm::measure
