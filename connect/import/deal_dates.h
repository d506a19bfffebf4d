// One column of dates of opportunities: whether its days or its months come first, which one cell may not
// tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/result.h"
#include "connect/import/deal_notes.h"
#include "connect/import/moments.h"

namespace abm::connect {

class DealDates {
 public:
  /// As the map says it: "date-dmy", "date-mdy"; anything else leaves it to the cells.
  void want(std::string_view read) noexcept;
  [[nodiscard]] DateOrder wanted() const noexcept { return wanted_; }
  /// A cell that has a moment; `text` is the cell.
  void add(const MomentCell& cell, Position at, std::string_view text);
  /// How messages call the column: its table, its field in a map, its header.
  struct Names {
    std::string_view table, field, header;
  };
  /// Whether "3/4/2026" is in March. Tells what was assumed. The error names the cells that nothing decides,
  /// or the two that contradict each other.
  [[nodiscard]] Result<bool> month_first(const Names& names, DealNotes& notes) const;

 private:
  struct Cell {
    Position at;
    std::string text;
  };

  DateOrder wanted_ = DateOrder::kUnknown;
  std::optional<Cell> day_first_, month_first_, either_;  ///< the first of each
  std::optional<Position> zoneless_;                      ///< the first with a time of day and no offset
  uint64_t zoneless_cells_ = 0;
};

}  // namespace abm::connect
