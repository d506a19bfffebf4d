// A table of people at accounts → the same table with a link for each. What people export from a CRM goes in
// as it is: any delimiter and encoding of spreadsheets, further columns kept.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "tools/link_maker.h"

namespace abm::tools {

/// "account=Company": which column of a table is which part.
struct LinkColumn {
  LinkPart part = LinkPart::kAccount;
  std::string column;
};
/// An error says what may be written.
[[nodiscard]] Result<LinkColumn> link_column(std::string_view text);

struct LinkedRow {
  uint32_t line = 0;
  MadeLink link;
};

struct LinkTable {
  std::string csv;  ///< the table, and a column `link`; with the delimiter that it had
  std::vector<LinkedRow> rows;
};

/// `bytes`: the table of the file `name`, whose first row names the columns: `account`, and any of `role`,
/// `campaign` and `url`, in any order and case; `columns` says which have other names. An empty cell, or a
/// missing column, is that of `defaults`. What has a byte order mark keeps one, without which spreadsheets
/// would not take the result for UTF-8. All errors are reported, with line and column; if there is one, no
/// link of the table counts.
[[nodiscard]] LinkTable make_links(std::string_view bytes, const std::string& name, const LinkOrder& defaults,
                                   std::span<const LinkColumn> columns, LinkMaker& maker,
                                   Diagnostics& diagnostics);

}  // namespace abm::tools
