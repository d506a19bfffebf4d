#include "base/csv_cell.h"

#include <algorithm>
#include <iterator>

namespace abm {
namespace {

/// What begins a formula, also in the wide forms that spreadsheets in East Asian languages take.
constexpr std::string_view kFormulaStarts[] = {"=",  "+",      "-",      "@",      "\t",    "\r",
                                               "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

bool begins_formula(std::string_view text) {
  return std::any_of(std::begin(kFormulaStarts), std::end(kFormulaStarts),
                     [text](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

void append_csv_cell(std::string& out, std::string_view text) {
  const bool formula = begins_formula(text);
  if (!formula && text.find_first_of(",;\"\r\n\t") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  if (formula) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string_view without_csv_guard(std::string_view cell) {
  if (cell.starts_with('\'') && begins_formula(cell.substr(1))) cell.remove_prefix(1);
  return cell;
}

}  // namespace abm
