// Which column of a table is which field of an opportunity: vendors' columns as far as they are known,
// general words, and the source's own map.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "connect/import/opportunity_fields.h"
#include "generation/account_sources.h"

namespace abm::connect {

struct DealColumn {
  size_t column = 0;
  double times = 1;
  std::string read;
};

struct DealColumns {
  generation::SourceKind kind = generation::SourceKind::kCsv;
  bool kind_found = false;  ///< by the header, not named
  std::vector<std::string> headers;
  /// By field, the better one first. What tells the company may be in several columns, all else is in one.
  std::array<std::vector<DealColumn>, kDealFields> of;
  std::string currency;         ///< that the header of the amount says
  bool currency_loose = false;  ///< by a sign that several have: "Amount ($)"
  /// Header of a column that has the amounts in the company's one currency and is not taken; "" if there is
  /// none.
  std::string converted;
  std::vector<std::string> missing;  ///< columns that the map names and the table lacks

  [[nodiscard]] const std::vector<DealColumn>& columns(DealField field) const noexcept {
    return of[static_cast<size_t>(field)];
  }
  [[nodiscard]] bool has(DealField field) const noexcept { return !columns(field).empty(); }
  /// Whether these are the headers of a table of opportunities, and not a line of a title above it.
  [[nodiscard]] bool is_header() const noexcept;
};

[[nodiscard]] DealColumns plan_deal_columns(const std::vector<std::string>& headers,
                                            const generation::AccountSource& source);

}  // namespace abm::connect
