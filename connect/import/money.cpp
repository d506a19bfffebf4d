#include "connect/import/money.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "base/invisible.h"
#include "base/text.h"
#include "connect/import/amounts.h"
#include "connect/import/values.h"

namespace abm::connect {
namespace {

/// More than all deals of the world: what is larger is an id, or no number.
constexpr double kMostAmount = 1e15;

/// What may stand in a header beside "amount". Other three letters may be anything (ARR).
constexpr std::string_view kCodes[] = {"aed", "aud", "bgn", "brl", "cad", "chf", "clp", "cny", "cop", "czk",
                                       "dkk", "egp", "eur", "gbp", "hkd", "huf", "idr", "ils", "inr", "jpy",
                                       "krw", "mxn", "myr", "nok", "nzd", "php", "pln", "qar", "ron", "sar",
                                       "sek", "sgd", "thb", "try", "twd", "uah", "usd", "vnd", "zar"};

struct CurrencyWord {
  std::string_view word, code;
};
constexpr CurrencyWord kCurrencyWords[] = {{"€", "EUR"},
                                           {"euro", "EUR"},
                                           {"euros", "EUR"},
                                           {"$", "USD"},
                                           {"us$", "USD"},
                                           {"us dollar", "USD"},
                                           {"us dollars", "USD"},
                                           {"u.s. dollar", "USD"},
                                           {"dollar", "USD"},
                                           {"£", "GBP"},
                                           {"pound sterling", "GBP"},
                                           {"british pound", "GBP"},
                                           {"swiss franc", "CHF"},
                                           {"schweizer franken", "CHF"},
                                           {"yen", "JPY"},
                                           {"₹", "INR"}};

bool is_code(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

/// Dollars and pesos of many countries are written "$", yen and yuan "¥".
constexpr std::string_view kDollarCodes[] = {"ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP",
                                             "COP", "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "MXN", "NAD",
                                             "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "USD", "UYU", "XCD"};
constexpr std::string_view kYenCodes[] = {"CNY", "JPY"};

bool is_in_parentheses(std::string_view text) {
  return text.size() > 2 && text.starts_with('(') && text.ends_with(')');
}

}  // namespace

std::string currency_of(std::string_view cell) {
  const std::string text = ascii_lower(cell_text(cell));
  for (const CurrencyWord& word : kCurrencyWords) {
    if (text == word.word) return std::string(word.code);
  }
  if (is_code(text)) return upper(text);
  // "USD - U.S. Dollar", as Salesforce writes it.
  const size_t end = text.find(" - ");
  return end == 3 && is_code(std::string_view(text).substr(0, 3)) ? upper(text.substr(0, 3)) : std::string();
}

bool is_loose_sign(std::string_view cell) {
  const std::string text = ascii_lower(cell_text(cell));
  return text == "$" || text == "dollar" || text == "¥" || text == "yen";
}

bool sign_may_be(std::string_view currency, std::string_view other) {
  const auto is_among = [&](std::span<const std::string_view> codes) {
    return std::ranges::find(codes, currency) != codes.end() &&
           std::ranges::find(codes, other) != codes.end();
  };
  return is_among(kDollarCodes) || is_among(kYenCodes);
}

HeaderCurrency header_currency(std::string_view key) {
  const size_t blank = key.rfind(' ');
  if (blank == key.npos) return {std::string(key), "", false};
  std::string_view word = key.substr(blank + 1), before = key.substr(0, blank);
  if (is_in_parentheses(word)) word = word.substr(1, word.size() - 2);
  const bool code = std::find(std::begin(kCodes), std::end(kCodes), word) != std::end(kCodes);
  if (!code && word != "€" && word != "£" && word != "$" && word != "us$")
    return {std::string(key), "", false};
  if (before.ends_with(" in")) before.remove_suffix(3);
  return {std::string(trimmed(before)), currency_of(word), is_loose_sign(word)};
}

MoneyCell read_money_cell(std::string_view cell, double times, bool plain) {
  MoneyCell out;
  const std::string given = cell_text(cell);
  if (given.empty()) return out;
  std::string lower = ascii_lower(as_it_looks(given));
  const std::string_view text = trimmed(lower, " \t");
  const auto set = [&](long double value) {
    const long double exact = value * static_cast<long double>(times);
    if (!(exact >= 0)) {
      out.fault = "is below zero";
    } else if (!(exact <= kMostAmount)) {
      out.fault = "is too large";
    } else {
      out.value = static_cast<double>(exact);
    }
    return out;
  };
  // "1.235E+05", as spreadsheets and programs write what is too wide.
  out.power = text.size() > 2 && is_digit(text[0]) && text.find('e') != text.npos && is_digit(text.back());
  if (plain || out.power) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) return set(value);
  }
  if (text.starts_with('-') || text.ends_with('-') || text.starts_with("−") || is_in_parentheses(text) ||
      text.find("$-") != text.npos || text.find("€-") != text.npos || text.find("€ -") != text.npos) {
    out.fault = "is below zero";
    return out;
  }
  const auto amount = amount_of(text, out.fault);
  if (!amount.has_value()) {
    if (out.fault.empty()) out.fault = "is not a number";
    out.power = false;
    return out;
  }
  out.either = amount->either;
  out.decimal = amount->decimal;
  out.thousands = amount->thousands;
  out.loose = amount->loose;
  out.power = text.find("e+") != text.npos;
  out.currency = amount->dollars ? "USD" : amount->currency;
  // Crowns are those of several countries.
  if (out.loose && out.currency == "SEK") out.currency.clear();
  return set(amount->value * static_cast<long double>(amount->factor));
}

}  // namespace abm::connect
