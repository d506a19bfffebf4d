// The lines that end a Salesforce report: its name, the copyright, who made it, and whose it is.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "connect/import/source_file.h"
#include "connect/import/table_reader.h"

namespace abm::connect {

/// Which lines of a table are no rows but the footer of a report.
class ReportFooter {
 public:
  /// Reads the file's end, and all of it only if that has one of a footer's lines. A footer begins with the
  /// lines of one cell between an empty line and the first of a footer's own, and ends with the file, or
  /// before a row as wide as the header: reports may have been joined.
  [[nodiscard]] static Result<ReportFooter> find(const OpenSource& open, const TableOptions& options);

  /// Whether the present record belongs to a footer.
  [[nodiscard]] bool has(const TableReader& table) const;

 private:
  struct Lines {
    uint32_t first = 0, last = 0;  ///< physical lines, from 1
  };
  std::vector<Lines> footers_;  ///< in their order
};

}  // namespace abm::connect
