#include "connect/import/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "accounts/text_check.h"
#include "base/csv_cell.h"
#include "base/folding.h"
#include "base/invisible.h"
#include "base/text.h"
#include "connect/import/amounts.h"

namespace abm::connect {
namespace {

constexpr std::string_view kNothing[] = {"-",      "--",        "---",     "n/a",    "#n/a",    "na",
                                         "null",   "nil",       "none",    "(none)", "(blank)", "(empty)",
                                         "(null)", "(not set)", "#value!", "#ref!"};

void trim_amount(std::string_view& text) {
  text = trimmed(text, " \t");
}

/// Both ends of a range, if `text` is one.
std::optional<std::pair<std::string_view, std::string_view>> ends_of(std::string_view text) {
  for (const std::string_view between : {" - ", " to ", " bis ", "–", "—", "-", "..."}) {
    const size_t at = text.find(between);
    if (at == text.npos || at == 0) continue;
    std::string_view low = text.substr(0, at), high = text.substr(at + between.size());
    trim_amount(low);
    trim_amount(high);
    if (low.empty() || high.empty() || !std::any_of(high.begin(), high.end(), is_digit) ||
        !std::any_of(low.begin(), low.end(), is_digit))
      continue;
    return std::pair(low, high);
  }
  return std::nullopt;
}

}  // namespace

std::string cell_text(std::string_view text) {
  text = trimmed_of_invisible(text);
  if (text.size() >= 3 && text.starts_with("=\"") && text.ends_with('"'))
    text = trimmed_of_invisible(text.substr(2, text.size() - 3));
  text = trimmed_of_invisible(without_csv_guard(text));
  if (text.size() <= 10) {
    const std::string lower = ascii_lower(text);
    if (std::find(std::begin(kNothing), std::end(kNothing), lower) != std::end(kNothing)) return {};
  }
  return std::string(text);
}

NumberCell read_number_cell(std::string_view cell, const NumberOptions& options) {
  NumberCell out;
  const std::string given = cell_text(cell);
  if (given.empty()) return out;
  const std::string lower = ascii_lower(as_it_looks(given));
  std::string_view text = trimmed(lower, " \t");
  for (const std::string_view word : {"employees", "employee", "mitarbeiter", "people"})
    take_back(text, word);
  if (take_back(text, "%") && !options.share) {
    out.fault = "is a share, not a number";
    return out;
  }
  if (text.starts_with('<') || text.starts_with("under ") || text.starts_with("up to ") ||
      text.starts_with("less than ") || text.starts_with("bis ")) {
    out.fault = "has no lower end";
    return out;
  }
  bool open_end = false;
  for (const std::string_view word : {">=", ">", "over ", "more than ", "ab "}) {
    if (!open_end) open_end = take_front(text, word);
  }
  if (text.ends_with('+')) open_end = take_back(text, "+");
  if (text.starts_with('-') || text.starts_with('(') || text.starts_with("−")) {
    out.fault = "is below zero";
    return out;
  }
  const auto range = ends_of(text);
  auto amount = amount_of(range.has_value() ? range->first : text, out.fault);
  if (range.has_value() && amount.has_value()) {
    auto high = amount_of(range->second, out.fault);
    if (!high.has_value()) {
      amount.reset();
    } else {
      // "1-5M": the magnitude belongs to both.
      if (amount->factor == 1 && high->factor > 1 && amount->value < high->value)
        amount->factor = high->factor;
      if (amount->currency.empty()) amount->currency = high->currency;
      amount->dollars = amount->dollars || high->dollars;
      if (high->value * high->factor < amount->value * amount->factor) {
        out.fault = "is no range: it ends below where it begins";
        return out;
      }
      out.note = "its lower end is taken";
    }
  }
  if (!amount.has_value()) {
    if (out.fault.empty()) out.fault = "is not a number";
    return out;
  }
  if (open_end) out.note = "its lower end is taken";
  if (amount->dot && out.note.empty()) out.note = "its dot is taken for a mark of thousands";
  if (options.dollars && !amount->currency.empty() && options.times == 1) {
    out.note.clear();
    out.fault = fmt::format("is in {}, not in US dollars: 'times:' in the map converts it", amount->currency);
    return out;
  }
  const long double exact = amount->value * amount->factor * static_cast<long double>(options.times);
  const long double value = std::round(exact);
  if (!(value < 9.2e18L)) {
    out.fault = "is too large";
    return out;
  }
  if (options.whole_score && value > 100) {
    out.fault = "is not a score from 0 to 100: 'times:' in the map converts it";
    return out;
  }
  // Cents are not worth a word.
  if (out.note.empty() && !options.dollars && std::abs(exact - value) > 1e-6L) {
    out.note = options.whole_score && exact < 1
                   ? "it is rounded: 'times: 100' in the map, if the scores go from 0 to 1"
                   : "it is rounded to a whole number";
  }
  out.value = static_cast<int64_t>(value);
  out.dollars = amount->dollars;
  return out;
}

std::optional<bool> read_yes_no(std::string_view cell) {
  constexpr std::string_view kYes[] = {"true", "yes",  "y",         "1",          "x",   "on", "ja",
                                       "j",    "wahr", "oui",       "vrai",       "sí",  "si", "sì",
                                       "vero", "sim",  "verdadero", "verdadeiro", "tak", "da", "✓"};
  constexpr std::string_view kNo[] = {"false", "no",    "n",   "0",   "off", "nein", "falsch", "non",
                                      "faux",  "falso", "não", "nao", "nee", "nie",  "nej"};
  const std::string text = folded(cell_text(cell));
  if (std::find(std::begin(kYes), std::end(kYes), text) != std::end(kYes)) return true;
  if (std::find(std::begin(kNo), std::end(kNo), text) != std::end(kNo)) return false;
  return std::nullopt;
}

namespace {

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};

/// Digits, and letters, each run for itself; the date ends at a "T" or a time of day.
std::vector<std::string> parts_of_date(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size() && parts.size() < 4;) {
    const auto kind = [](char c) { return is_digit(c) ? 1 : (c >= 'a' && c <= 'z') ? 2 : 0; };
    const int of = kind(text[at]);
    size_t end = at;
    while (end < text.size() && kind(text[end]) == of) ++end;
    if (of != 0) parts.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

int number_of_part(const std::string& part) {
  return part.size() <= 4 && is_digit(part[0]) ? std::stoi(part) : -1;
}

int month_of_part(const std::string& part) {
  for (size_t i = 0; i < std::size(kMonths); ++i) {
    if (part.starts_with(kMonths[i])) return static_cast<int>(i) + 1;
  }
  return -1;
}

}  // namespace

DateCell read_date_cell(std::string_view cell, DateOrder order) {
  DateCell out;
  const std::string given = cell_text(cell);
  if (given.empty()) return out;
  const std::string text = ascii_lower(given);
  const auto parts = parts_of_date(text);
  const auto set = [&out](int year, int month, int day) {
    if (is_date(year, month, day)) {
      out.date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
    } else {
      out.fault = "is not a date";
    }
    return out;
  };
  if (parts.size() < 3) return set(0, 0, 0);
  if (parts[0].size() == 4 && is_digit(parts[0][0]))  // not "July"
    return set(number_of_part(parts[0]), number_of_part(parts[1]), number_of_part(parts[2]));
  if (parts[2].size() != 4) return set(0, 0, 0);
  const int year = number_of_part(parts[2]);
  if (!is_digit(parts[0][0])) return set(year, month_of_part(parts[0]), number_of_part(parts[1]));
  if (!is_digit(parts[1][0])) return set(year, month_of_part(parts[1]), number_of_part(parts[0]));
  const int first = number_of_part(parts[0]), second = number_of_part(parts[1]);
  // With dots the day comes first wherever they are used.
  if (text.find('.') != text.npos) return set(year, second, first);
  const bool day_first = is_date(year, second, first), month_first = is_date(year, first, second);
  if (order == DateOrder::kDayFirst || (order == DateOrder::kUnknown && day_first && !month_first))
    return set(year, second, first);
  if (order == DateOrder::kMonthFirst || !day_first || first == second) return set(year, first, second);
  out.fault = "may be two dates: 'read: date-dmy' or 'read: date-mdy' in the map decides";
  return out;
}

TextCell read_text_cell(std::string_view cell, size_t limit) {
  TextCell out;
  const std::string given = cell_text(cell);
  bool removed = false, blank = false;
  for (size_t at = 0; at < given.size();) {
    const DecodedPoint point = decode_utf8(std::string_view(given).substr(at));
    at += point.length;
    const char32_t c = point.value;
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || is_wide_blank(c)) {
      blank = !out.text.empty();
      continue;
    }
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    if (control || turns || c == 0x200b || c == 0xfeff) {
      removed = removed || control || turns;
      continue;
    }
    if (blank) out.text += ' ';
    blank = false;
    append_utf8(out.text, c);
  }
  if (removed) out.note = "without its control characters";
  if (out.text.size() > limit) {
    size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(out.text[end]) & 0xc0) == 0x80) --end;
    out.text.resize(end);
    out.note = fmt::format("cut after {} bytes", end);
  }
  return out;
}

}  // namespace abm::connect
