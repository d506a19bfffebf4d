#include "measure/engagement/points.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/folding.h"

namespace abm::measure {

PointTable::PointTable(const generation::EngagementInput& input)
    : page_(input.points.page), person_(input.points.person), most_(input.most_per_person_day) {
  fingerprint_ = fmt::format("1 {} {} {}", page_, person_, most_);
  for (const auto& [glob, points, at] : input.points.paths) {
    // site.yaml's reader has refused those that are none.
    if (auto pattern = rules::parse_glob(glob); pattern.has_value())
      paths_.emplace_back(*std::move(pattern), points);
    fingerprint_ += fmt::format("\np{} {}", points, glob);
  }
  std::stable_sort(paths_.begin(), paths_.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, points, at] : input.points.signals) {
    uint32_t& most = signals_[folded(name)];
    most = std::max(most, points);
    fingerprint_ += fmt::format("\ns{} {}", points, name);
  }
}

uint32_t PointTable::of_path(std::string_view path) const {
  FoldBuffer buffer;
  const std::string_view compared = fold_beyond_ascii(path, buffer);
  for (const auto& [glob, points] : paths_) {
    if (rules::glob_matches(glob, compared)) return points;
  }
  return page_;
}

uint32_t PointTable::of_signal(std::string_view name) const {
  const auto found = signals_.find(folded(name));
  return found == signals_.end() ? 0 : found->second;
}

Decay::Decay(uint32_t half_life_days) {
  for (uint32_t age = 0; age <= kHalfLivesThatCount * half_life_days; ++age) {
    const double share = std::exp2(-static_cast<double>(age) / half_life_days);
    weights_.push_back(static_cast<uint64_t>(std::llround(share * static_cast<double>(kWhole))));
  }
}

uint32_t Decay::engagement(uint64_t sum) noexcept {
  return static_cast<uint32_t>(std::min<uint64_t>(kMostEngagement, (sum + kWhole / 2) / kWhole));
}

}  // namespace abm::measure
