#include "connect/networks/asn_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/csv_cell.h"
#include "base/diagnostic.h"
#include "base/ip_address.h"
#include "base/text.h"
#include "ipdb/csv.h"

namespace abm::connect {
namespace {

/// What may stand in an address.
bool is_version(std::string_view text) {
  constexpr size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && text.front() != '.' && text.find("..") == text.npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
                  c == '+';
         });
}

}  // namespace

Result<PackageVersion> read_package_metadata(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
    return Error{"the answer is not JSON: is it an npm registry?"};
  std::string_view version, integrity;
  if (root["dist-tags"]["latest"].get(version) != simdjson::SUCCESS || !is_version(version))
    return Error{"the answer names no latest version: is it an npm registry?"};
  if (root["versions"][version]["dist"]["integrity"].get(integrity) != simdjson::SUCCESS)
    return Error{fmt::format("the answer states no integrity of version {}", version)};
  return PackageVersion{std::string(version), std::string(integrity)};
}

Result<AsTable> read_as_table(std::string_view bytes, const std::string& name) {
  Diagnostics diagnostics;
  ipdb::CsvReader csv(bytes, name, {}, diagnostics);
  AsTable table;
  table.csv.reserve(bytes.size() + bytes.size() / 64);
  while (csv.next()) {
    const bool good = csv.size() >= 4 && IpAddress::parse(csv[0]) && IpAddress::parse(csv[1]) &&
                      !csv[2].empty() && std::all_of(csv[2].begin(), csv[2].end(), is_digit);
    if (!good)
      return Error{fmt::format("{}:{}: not 'range_start,range_end,asn,organization'", name, csv.line())};
    ++table.ranges;
    for (size_t i = 0; i < 4; ++i) {
      if (i != 0) table.csv += ',';
      append_csv_cell(table.csv, csv[i]);
    }
    table.csv += '\n';
  }
  if (!diagnostics.ok()) return Error{diagnostics.first_error()};
  if (table.ranges == 0) return Error{fmt::format("{}: holds no range", name)};
  return table;
}

}  // namespace abm::connect
