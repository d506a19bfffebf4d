// A table of people at accounts → the same table with a link for each. What people export from a CRM goes in
// as it is: any delimiter and encoding of spreadsheets, further columns kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "tools/link_maker.h"

namespace abm::tools {

struct LinkedRow {
  uint32_t line = 0;
  MadeLink link;
};

struct LinkTable {
  std::string csv;  ///< the table, and a column `link`; with the delimiter that it had
  std::vector<LinkedRow> rows;
};

/// `bytes`: the table of the file `name`, whose first row names the columns: `account`, and any of `role`,
/// `campaign` and `url`, in any order and case. An empty cell, or a missing column, is that of `defaults`.
/// All errors are reported, with line and column; if there is one, no link of the table counts.
[[nodiscard]] LinkTable make_links(std::string_view bytes, const std::string& name, const LinkOrder& defaults,
                                   LinkMaker& maker, Diagnostics& diagnostics);

}  // namespace abm::tools
