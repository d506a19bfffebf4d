// A cell of the CSV files that we write, which people open in spreadsheets.
#pragma once

#include <string>
#include <string_view>

namespace abm {

/// Appends `text` as a cell (RFC 4180). What a spreadsheet would take for a formula, which may run programs
/// or send data, gets an apostrophe in front: most of what we write was said by others. Every CSV of ours is
/// written through here.
void append_csv_cell(std::string& out, std::string_view text);
/// `cell` without that apostrophe.
[[nodiscard]] std::string_view without_csv_guard(std::string_view cell);

}  // namespace abm
