// The report as one self-contained HTML page, and as JSON and CSV.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/report/report.h"

namespace abm::measure {

/// The page loads nothing, runs one script that its policy names by hash, and needs no style attribute.
[[nodiscard]] std::string page_html(const Report& report);

/// One object: the period, totals, comparisons, and each table as an array of objects.
[[nodiscard]] std::string report_json(const Report& report);

/// RFC 4180 with a header line. Text that a spreadsheet would take for a formula
/// is prefixed with a quote mark.
[[nodiscard]] std::string table_csv(const Table& table);
/// One TABLE.csv for each table, and comparisons.csv.
[[nodiscard]] Result<void> write_csv(const Report& report, const std::string& folder);

}  // namespace abm::measure
