// The days of accounts that new lines have touched, counted again: visits, people, points, pages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// A person's visits of one day to one account.
struct PersonDay {
  int64_t person = 0;
  std::vector<std::pair<int64_t, int64_t>> views;  ///< page and signal set, of each
};

/// Reads the visits of a day, and counts them.
class DayCounter {
 public:
  [[nodiscard]] static Result<DayCounter> create(EngagementStore& store, const PointTable& points);

  struct Figures {
    uint32_t visits = 0, people = 0, points = 0;
    std::vector<int64_t> pages;  ///< the first kMaxPages by path
    uint32_t pages_left_out = 0;
  };
  [[nodiscard]] Result<Figures> count(int64_t account, Day day);

  /// What one view is worth: its page, and its signals.
  [[nodiscard]] Result<uint32_t> points_of_view(int64_t page, int64_t signals);
  /// By person; the views of each in no order.
  [[nodiscard]] Result<std::vector<PersonDay>> people_of(int64_t account, Day day);

 private:
  struct Page {
    uint32_t points = 0;
    bool listed = false;  ///< Account::pages can hold it
    std::string path;
  };
  DayCounter(EngagementStore& store, const PointTable& points) : store_(store), points_(points) {}
  [[nodiscard]] Result<const Page*> page(int64_t id);
  [[nodiscard]] Result<uint32_t> points_of_signals(int64_t set);
  [[nodiscard]] Result<void> pages_of(const std::vector<PersonDay>& people, Figures& out);

  EngagementStore& store_;
  const PointTable& points_;
  Statement visits_, signals_;
  std::unordered_map<int64_t, Page> pages_;
  std::unordered_map<int64_t, uint32_t> signal_points_;
};

/// Whether days that are up to date were counted with these points.
[[nodiscard]] Result<bool> counted_with(EngagementStore& store, const PointTable& points);

/// Makes all days what their visits and `points` say; what is up to date already is left alone. May be killed
/// anywhere. `progress`: days done and in total; may be null.
[[nodiscard]] Result<void> refresh_days(EngagementStore& store, const PointTable& points,
                                        const std::function<void(uint64_t, uint64_t)>& progress);

}  // namespace abm::measure
