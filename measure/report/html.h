// Text and numbers as the page shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "measure/report/tables.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {

/// For text and quoted attributes; characters that XML forbids become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);
/// Escaped, with words in backticks as code.
[[nodiscard]] std::string remark_html(std::string_view text);

[[nodiscard]] std::string grouped(int64_t number);    ///< 12,345
[[nodiscard]] std::string percent(double share);      ///< 12.3%
[[nodiscard]] std::string points(double difference);  ///< +1.2, in percentage points
[[nodiscard]] std::string p_value(double p);          ///< 0.031, <0.001
[[nodiscard]] std::string p_equation(double p);       ///< "p = 0.031", "p < 0.001": text, not HTML
[[nodiscard]] std::string range_percent(const Interval& interval);  ///< 8.2% to 14.0%
[[nodiscard]] std::string range_points(const Interval& interval);   ///< +1.2 to +3.4

/// "1 account", "2 accounts".
[[nodiscard]] std::string counted(int64_t number, std::string_view thing);

struct TableLook {
  size_t max_rows = 100;  ///< the rest is only counted, below the table
  std::string_view empty = "Nothing in this period.";
  bool is_daily = false;  ///< a row a day: pages of figures that nobody reads on paper, so it is not printed
};
/// A table that the page's script makes sortable. The name of a column says how it is shown:
/// *_share in percent, *_us in µs.
[[nodiscard]] std::string table_html(const Table& table, const TableLook& look = {});

}  // namespace abm::measure
