// What people and programs write into cells, as values: numbers with their marks of thousands and magnitude,
// ranges, money, shares, yes and no, dates, text. What had to be assumed is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abm::connect {

/// `text` as it is meant: without blanks and invisible characters at both ends, without `="…"`, with which
/// spreadsheets keep digits as text, and without the apostrophe that guards a formula; "" for what stands for
/// nothing, such as "N/A" or "-".
[[nodiscard]] std::string cell_text(std::string_view text);

struct NumberCell {
  std::optional<int64_t> value;  ///< 0 or more
  std::string note;      ///< how it was read, where that is not the only way: "the lower end of a range"
  std::string fault;     ///< why it is none; "" if there is a value, or the cell is empty
  bool dollars = false;  ///< it says that it is US dollars
};

struct NumberOptions {
  double times = 1;
  bool dollars = false;      ///< another currency is a fault, unless `times` converts it
  bool whole_score = false;  ///< up to 100
  bool share = true;         ///< "12 %" is a number
};
/// "$1,234", "5.000", "12 %", "1.2M", "1,000-5,000", "1 Mio.", "10,001+", "5.17E+10".
[[nodiscard]] NumberCell read_number_cell(std::string_view text, const NumberOptions& options);

/// true, yes, ja, oui, sí, x, 1 …; std::nullopt for what is neither.
[[nodiscard]] std::optional<bool> read_yes_no(std::string_view text);

enum class DateOrder : uint8_t { kUnknown, kDayFirst, kMonthFirst };
struct DateCell {
  std::string date;   ///< "2026-11-30"
  std::string fault;  ///< why it is none
};
/// ISO dates and times, "30.11.2026", "11/30/2026", "30 Nov 2026", "Nov 30, 2026". What may be two dates is a
/// fault, unless the order is known.
[[nodiscard]] DateCell read_date_cell(std::string_view text, DateOrder order);

struct TextCell {
  std::string text;
  std::string note;  ///< what was changed: cut, controls removed
};
/// A text that a feed may have: one line, no control characters, at most `limit` bytes.
[[nodiscard]] TextCell read_text_cell(std::string_view text, size_t limit);

}  // namespace abm::connect
