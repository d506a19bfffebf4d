#include "connect/import/table_file.h"

#include <fmt/format.h>

#include "accounts/feed.h"
#include "base/text.h"
#include "connect/import/values.h"

namespace abm::connect {
namespace {

constexpr size_t kListedColumns = 20;

/// What a file is that is no table, and what to do; "" if it may be one.
std::string_view no_table(std::string_view start) {
  if (start.starts_with("PK\x03\x04") || start.starts_with("\xd0\xcf\x11\xe0"))
    return "this is a workbook, or another archive, not a table: save it as CSV (UTF-8)";
  const std::string text = ascii_lower(trimmed(start.substr(0, 64), " \t\r\n"));
  if (text.starts_with("<!doctype") || text.starts_with("<html"))
    return "this is a web page, not a table: perhaps the page that asks to log in";
  if (text.starts_with("{\""))
    return "this is JSON, not a table: export it as CSV, or name a feed with 'feed:'";
  if (text.starts_with("%pdf")) return "this is a PDF, not a table: export it as CSV";
  return {};
}

}  // namespace

Result<Encoding> find_table_encoding(const OpenSource& open, const std::string& named,
                                     const std::string& name) {
  if (const auto given = encoding_from(named); given.has_value()) return *given;
  auto file = open();
  if (!file) return file.error();
  if ((*file)->size() > accounts::kMaxFeedBytes)
    return Error{fmt::format("{}: larger than the limit of {} bytes", name, accounts::kMaxFeedBytes)};
  EncodingScan scan;
  std::string piece(1u << 16, '\0');
  for (bool first = true;; first = false) {
    const auto got = (*file)->read(piece.data(), piece.size());
    if (!got) return got.error();
    if (*got == 0) break;
    if (const std::string_view what = first ? no_table(std::string_view(piece).substr(0, *got)) : "";
        !what.empty())
      return Error{fmt::format("{}: {}", name, what)};
    scan.update(std::string_view(piece).substr(0, *got));
  }
  return scan.finish();
}

std::string joined_headers(const std::vector<std::string>& headers) {
  std::string out;
  for (size_t i = 0; i < headers.size() && i < kListedColumns; ++i)
    out += fmt::format("{}'{}'", i == 0 ? "" : ", ", read_text_cell(headers[i], 60).text);
  if (headers.size() > kListedColumns) out += fmt::format(" and {} more", headers.size() - kListedColumns);
  return out;
}

}  // namespace abm::connect
