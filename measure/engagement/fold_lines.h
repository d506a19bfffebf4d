// One line of the visit log → what counts of it, or why nothing does.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {

struct FoldCounts {
  uint64_t lines = 0;    ///< without empty ones
  uint64_t counted = 0;  ///< page loads of people that were new
  uint64_t known = 0;    ///< that were there already
  uint64_t robots = 0;
  uint64_t no_pages = 0;  ///< prefetches, parts of pages, what browsers saw
  uint64_t too_old = 0;   ///< of days of which visits are no longer kept
  std::array<uint64_t, kDamages> damaged{};
  std::string unread;  ///< why a log could not be read, the first of them; "": all were
  [[nodiscard]] uint64_t all_damaged() const noexcept;
};

/// Lines into a store, between its begin() and commit().
class LineFolder {
 public:
  explicit LineFolder(EngagementStore& store) : store_(store) {}

  /// `readable_behind`: bytes after the line that may be read. An unfinished line, at which a log ends for
  /// now, counts if it is whole, and is no damage if not.
  [[nodiscard]] Result<void> add(std::string_view line, size_t readable_behind, bool too_long,
                                 bool unfinished);
  /// Before the store's commit().
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] FoldCounts counts() const noexcept;

 private:
  [[nodiscard]] Result<void> take(const VisitLine& line, std::string_view text);

  EngagementStore& store_;
  VisitLineParser parser_;
  CountedVisit visit_;
  FoldCounts counts_;
  uint64_t lines_told_ = 0;  ///< to the store
  Day last_too_old_ = -1, too_old_told_ = -1;
  uint64_t counted_before_ = store_.counted(), known_before_ = store_.known();
};

}  // namespace abm::measure
