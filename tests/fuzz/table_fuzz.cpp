// Any bytes as a table: read in any pieces it gives the same records at the same places, all of it UTF-8; and
// what was read can be written as a table of ours and read again. The first byte picks encoding and
// delimiter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv_cell.h"
#include "base/text.h"
#include "connect/import/encoding.h"
#include "connect/import/table_reader.h"
#include "connect/import/values.h"
#include "connect/import/websites.h"
#include "tests/connect/import/pieces.h"

namespace {

using namespace abm;
using namespace abm::connect;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Field {
  std::string text;
  Position at;
  friend bool operator==(const Field&, const Field&) = default;
};
using Records = std::vector<std::vector<Field>>;

Records read(std::string_view bytes, size_t piece, const TableOptions& options, bool& faulty) {
  Pieces source(bytes, piece);
  TableReader table(source, options);
  Records records;
  while (table.next()) {
    auto& record = records.emplace_back();
    for (size_t i = 0; i < table.size(); ++i) {
      record.push_back({std::string(table[i]), table.position(i)});
      require(is_utf8(table[i]) && table.position(i).line != 0 && table.position(i).column != 0);
    }
    require(!record.empty() && table.size() <= options.limits.columns);
  }
  faulty = table.fault().has_value();
  return records;
}

void look_at_values(const std::string& text) {
  const NumberCell number = read_number_cell(text, {.times = 1000, .dollars = true});
  require(!number.value.has_value() || (*number.value >= 0 && number.fault.empty()));
  const TextCell cell = read_text_cell(text, 64);
  require(is_utf8(cell.text) && cell.text.size() <= 64 &&
          cell.text.find_first_of("\r\n\t") == std::string::npos);
  const DateCell date = read_date_cell(text, DateOrder::kUnknown);
  require(date.date.empty() || date.date.size() == 10);
  for (const WebsiteDomain& found : domains_in_cell(text)) {
    require(found.domain.empty() != found.fault.empty());
    if (found.domain.empty()) continue;
    // The domain of a domain is itself.
    const auto again = domains_in_cell(found.domain);
    require(again.size() == 1 && again[0].domain == found.domain);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  EncodingScan scan, by_bytes;
  scan.update(bytes);
  for (const char& byte : bytes) by_bytes.update({&byte, 1});
  const Encoding found = scan.finish();
  require(found == by_bytes.finish());
  TableOptions options;
  options.encoding = (data[0] & 1) != 0 ? found : static_cast<Encoding>(data[0] >> 1 & 3);
  constexpr std::optional<char> kDelimiters[] = {std::nullopt, ',', ';', '\t'};
  options.delimiter = kDelimiters[data[0] >> 3 & 3];
  options.limits = {.columns = 64, .field_bytes = 4096, .record_bytes = 16384};
  bool faulty = false, faulty_too = false;
  const Records records = read(bytes, SIZE_MAX, options, faulty);
  for (const size_t piece : {size_t{1}, size_t{3}}) {
    require(records == read(bytes, piece, options, faulty_too));
    require(faulty == faulty_too);
  }
  std::string written = "\xef\xbb\xbf";  // else the first text might be taken for one
  for (const auto& record : records) {
    for (size_t i = 0; i < record.size(); ++i) {
      if (i != 0) written += ',';
      append_csv_cell(written, record[i].text);
      if (i < 8) look_at_values(record[i].text);
    }
    written += '\n';
  }
  TableOptions ours;
  ours.delimiter = ',';
  const Records again = read(written, 7, ours, faulty_too);
  require(!faulty_too && again.size() == records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    require(again[i].size() == records[i].size());
    for (size_t j = 0; j < records[i].size(); ++j) {
      // But for the apostrophe that guards a formula, and blanks around an unquoted field's quotes.
      std::string_view text = again[i][j].text;
      if (text != records[i][j].text && text.starts_with('\'')) text.remove_prefix(1);
      require(text == records[i][j].text);
    }
  }
  return 0;
}
