#include "connect/import/amounts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace abm::connect {
namespace {

void trim(std::string_view& text) {
  text = trimmed(text, " \t");
}

struct Magnitude {
  std::string_view word;
  double factor;
};
/// Longer words first.
constexpr Magnitude kMagnitudes[] = {
    {"thousand", 1e3},  {"millions", 1e6},  {"billions", 1e9},   {"million", 1e6},   {"billion", 1e9},
    {"trillion", 1e12}, {"millionen", 1e6}, {"milliarden", 1e9}, {"milliards", 1e9}, {"mio.", 1e6},
    {"mrd.", 1e9},      {"tsd.", 1e3},      {"mio", 1e6},        {"mrd", 1e9},       {"tsd", 1e3},
    {"bn", 1e9},        {"mm", 1e6},        {"k", 1e3},          {"m", 1e6},         {"b", 1e9}};

/// Signs of several currencies.
constexpr std::string_view kLoose[] = {"$", "¥", "kr"};
constexpr std::string_view kDollars[] = {"us$", "usd", "$"};
constexpr std::pair<std::string_view, std::string_view> kCurrencies[] = {
    {"€", "EUR"},   {"eur", "EUR"}, {"£", "GBP"},   {"gbp", "GBP"}, {"¥", "JPY"},
    {"jpy", "JPY"}, {"cny", "CNY"}, {"chf", "CHF"}, {"cad", "CAD"}, {"aud", "AUD"},
    {"inr", "INR"}, {"₹", "INR"},   {"sek", "SEK"}, {"nok", "NOK"}, {"dkk", "DKK"},
    {"pln", "PLN"}, {"brl", "BRL"}, {"r$", "BRL"},  {"kr", "SEK"}};

/// A currency at either end, or at both: "$5 USD", "€5 EUR", "$5 CAD".
void take_currency(std::string_view& text, Amount& amount) {
  const auto take = [&text, &amount](std::string_view word) {
    if (!take_front(text, word) && !take_back(text, word)) return false;
    const bool loose = std::find(std::begin(kLoose), std::end(kLoose), word) != std::end(kLoose);
    amount.loose = loose && (amount.loose || (amount.currency.empty() && !amount.dollars));
    return true;
  };
  for (const auto& [word, name] : kCurrencies) {
    if ((amount.currency.empty() || amount.currency == name) && take(word)) amount.currency = name;
  }
  for (const std::string_view word : kDollars) {
    while (take(word)) amount.dollars = amount.currency.empty();
  }
}

/// What follows a number: after a magnitude it is probably a fraction, before a power of ten it is one.
enum class Behind : uint8_t { kNothing, kMagnitude, kPower };

/// A number without sign, currency and magnitude. Fills in what its marks mean.
std::optional<long double> plain_number(std::string_view text, Behind behind_it, Amount& amount,
                                        std::string& fault) {
  char decimal = 0;
  const size_t dots = static_cast<size_t>(std::count(text.begin(), text.end(), '.'));
  const size_t commas = static_cast<size_t>(std::count(text.begin(), text.end(), ','));
  if (dots > 1 && commas > 1) return std::nullopt;
  if (dots > 0 && commas > 0) {
    decimal = text.rfind('.') > text.rfind(',') ? '.' : ',';
    if ((decimal == '.' ? dots : commas) > 1) return std::nullopt;
    amount.thousands = decimal == '.' ? ',' : '.';
  } else if (dots + commas == 1) {
    const char mark = dots == 1 ? '.' : ',';
    const size_t at = text.find(mark), behind = text.size() - at - 1;
    const bool groups = behind_it != Behind::kPower && behind == 3 && at >= 1 && at <= 3 && text[0] != '0';
    if (groups && behind_it == Behind::kMagnitude) {
      fault = "may be two numbers: write it without marks of thousands";
      return std::nullopt;
    }
    if (!groups) decimal = mark;
    amount.dot = groups && mark == '.';
    if (groups) amount.either = mark;
  } else if (dots + commas > 1) {
    amount.thousands = dots > 1 ? '.' : ',';
  }
  amount.decimal = decimal;
  size_t group = 0, groups = 0;  // digits since the last mark of thousands, marks so far
  bool fraction = false;
  int decimals = 0;
  long double value = 0;
  size_t seen = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      if (++seen > 30) return std::nullopt;
      if (fraction) {
        if (decimals == 12) continue;
        ++decimals;
      } else if (++group > 3 && groups > 0) {
        return std::nullopt;
      }
      value = value * 10 + (c - '0');
    } else if (c == decimal && !fraction) {
      if (groups > 0 && group != 3) return std::nullopt;
      fraction = true;
    } else if (!fraction && (c == '.' || c == ',' || c == ' ' || c == '\'')) {
      if (group == 0 || group > 3 || (groups > 0 && group != 3)) return std::nullopt;
      ++groups;
      group = 0;
    } else {
      return std::nullopt;
    }
  }
  if (seen == 0 || (!fraction && groups > 0 && group != 3)) return std::nullopt;
  for (; decimals > 0; --decimals) value /= 10;
  return value;
}

/// The power of ten at the end of "5.17e+10", as spreadsheets write what is too wide for a column; 0 if there
/// is none.
int take_power_of_ten(std::string_view& text) {
  const size_t at = text.find("e+");
  if (at == text.npos || at == 0 || !is_digit(text[at - 1])) return 0;
  const std::string_view digits = text.substr(at + 2);
  if (digits.empty() || digits.size() > 2 || !std::all_of(digits.begin(), digits.end(), is_digit)) return 0;
  text = text.substr(0, at);
  return digits.size() == 1 ? digits[0] - '0' : (digits[0] - '0') * 10 + (digits[1] - '0');
}

}  // namespace

bool take_front(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  trim(text);
  return true;
}

bool take_back(std::string_view& text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  text.remove_suffix(word.size());
  trim(text);
  return true;
}

std::optional<Amount> amount_of(std::string_view text, std::string& fault) {
  Amount amount;
  trim(text);
  take_currency(text, amount);
  Behind behind = Behind::kNothing;
  for (const Magnitude& magnitude : kMagnitudes) {
    std::string_view before = text;
    if (!take_back(before, magnitude.word) || before.empty()) continue;
    text = before;
    amount.factor = magnitude.factor;
    behind = Behind::kMagnitude;
    break;
  }
  if (amount.currency.empty() && !amount.dollars) take_currency(text, amount);
  if (const int power = behind == Behind::kMagnitude ? 0 : take_power_of_ten(text); power != 0) {
    amount.factor = std::pow(10.0, power);
    behind = Behind::kPower;
  }
  const auto number = plain_number(text, behind, amount, fault);
  if (!number.has_value()) return std::nullopt;
  amount.value = *number;
  return amount;
}

}  // namespace abm::connect
