#include "connect/import/deal_dates.h"

#include <fmt/format.h>

#include "connect/import/values.h"

namespace abm::connect {
namespace {

constexpr size_t kToldDateBytes = 40;

std::string place_in(std::string_view table, Position at) {
  return fmt::format("{}:{}:{}", table, at.line, at.column);
}

}  // namespace

void DealDates::want(std::string_view read) noexcept {
  wanted_ = read == "date-dmy"   ? DateOrder::kDayFirst
            : read == "date-mdy" ? DateOrder::kMonthFirst
                                 : DateOrder::kUnknown;
}

void DealDates::add(const MomentCell& cell, Position at, std::string_view text) {
  const auto keep = [&](std::optional<Cell>& first) {
    if (!first.has_value()) first = {at, read_text_cell(text, kToldDateBytes).text};
  };
  if (cell.order == DateOrder::kDayFirst) keep(day_first_);
  if (cell.order == DateOrder::kMonthFirst) keep(month_first_);
  if (cell.month_first.has_value()) keep(either_);
  if (cell.zoneless && zoneless_cells_++ == 0) zoneless_ = at;
}

Result<bool> DealDates::month_first(const Names& names, DealNotes& notes) const {
  if (zoneless_.has_value())
    notes.add(fmt::format("times of day in '{}' have no offset, and are taken as UTC", names.header),
              place_in(names.table, *zoneless_), {}, zoneless_cells_);
  if (day_first_.has_value() && month_first_.has_value()) {
    return Error{fmt::format(
        "{}: '{}' has its day first, but '{}' in {} its month: the dates of '{}' are of two kinds, and others of "
        "them would be read wrongly: export them again in one, such as 2026-11-30",
        place_in(names.table, day_first_->at), day_first_->text, month_first_->text,
        place_in(names.table, month_first_->at), names.header)};
  }
  if (!either_.has_value()) return false;
  if (!day_first_.has_value() && !month_first_.has_value()) {
    return Error{fmt::format(
        "{}: '{}' may be two dates, and no other cell of '{}' decides: write 'map: {{ {}: "
        "{{ column: {}, read: date-dmy }} }}' (or date-mdy) into this source",
        place_in(names.table, either_->at), either_->text, names.header, names.field, names.header)};
  }
  notes.add(fmt::format("{}: in '{}' the {} comes first, as its other dates show", names.table, names.header,
                        day_first_.has_value() ? "day" : "month"),
            place_in(names.table, either_->at), either_->text);
  return month_first_.has_value();
}

}  // namespace abm::connect
