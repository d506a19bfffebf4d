// What page views earn (`points` of site.yaml), and what a day's points are worth later (`half_life`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "generation/site_engagement.h"
#include "measure/engagement/day_number.h"
#include "rules/program/glob_match.h"

namespace abm::measure {

/// More points on one day than this make no difference: after ten half-lives they are still worth over 100.
inline constexpr uint32_t kMostDayPoints = 1u << 17;
inline constexpr uint32_t kMostEngagement = 100;
using generation::kHalfLivesThatCount;

class PointTable {
 public:
  explicit PointTable(const generation::EngagementInput& input);

  /// The most of the paths that match, else what a page earns.
  [[nodiscard]] uint32_t of_path(std::string_view path) const;
  [[nodiscard]] uint32_t of_signal(std::string_view name) const;
  [[nodiscard]] uint32_t of_person() const noexcept { return person_; }
  /// What one person earns on one day at most.
  [[nodiscard]] uint32_t most() const noexcept { return most_; }
  /// The same text for tables that give the same points.
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

 private:
  uint32_t page_ = 0, person_ = 0, most_ = 0;
  std::vector<std::pair<rules::GlobPattern, uint32_t>> paths_;  ///< the most points first
  std::unordered_map<std::string, uint32_t> signals_;           ///< by folded name
  std::string fingerprint_;
};

/// Weights are whole numbers, so that sums are the same in every order and on every machine.
class Decay {
 public:
  explicit Decay(uint32_t half_life_days);

  /// 2^(-age / half life) as a multiple of 1 / kWhole; 0 after ten half-lives.
  [[nodiscard]] uint64_t weight(Day age) const noexcept {
    return age >= 0 && static_cast<size_t>(age) < weights_.size() ? weights_[static_cast<size_t>(age)] : 0;
  }
  static constexpr uint64_t kWhole = uint64_t{1} << 32;
  [[nodiscard]] Day days() const noexcept { return static_cast<Day>(weights_.size()) - 1; }
  /// min(100, round(sum / kWhole))
  [[nodiscard]] static uint32_t engagement(uint64_t sum) noexcept;

 private:
  std::vector<uint64_t> weights_;
};

}  // namespace abm::measure
