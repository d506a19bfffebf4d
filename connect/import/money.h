// Amounts of opportunities: with fractions and their currency. What a mark means is decided for a whole
// column.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace abm::connect {

struct MoneyCell {
  std::optional<double> value;  ///< 0 or more; absent: the cell is empty, or there is a fault
  /// '.' or ',' if it was taken for a mark of thousands, and may as well stand before a fraction ("5.000"):
  /// then the value is a thousandth.
  char either = 0;
  char decimal = 0;      ///< the mark before a fraction, where it is certain
  char thousands = 0;    ///< the mark between thousands, where it is certain
  std::string currency;  ///< ISO 4217; "": not stated
  bool loose = false;    ///< the currency is told by a sign that several have ($)
  bool power = false;    ///< with a power of ten: "1.235E+05", which may be rounded
  std::string fault;     ///< "is below zero"
};

/// "$1,234.50", "1.234,50 €", "EUR 1200", "1.2M". `times`: what it is multiplied with. `plain`: a program
/// wrote it, and a dot stands before a fraction.
[[nodiscard]] MoneyCell read_money_cell(std::string_view text, double times, bool plain);

/// "eur", "€", "Euro" → "EUR"; "" for what is no currency.
[[nodiscard]] std::string currency_of(std::string_view text);

/// Whether currency_of() took the usual one of several that have this sign: "$".
[[nodiscard]] bool is_loose_sign(std::string_view text);
/// Whether a sign that stands for `currency` may stand for `other`, too: "$" is CAD as well as USD.
[[nodiscard]] bool sign_may_be(std::string_view currency, std::string_view other);

/// "amount (eur)", "amount in €" → "amount", and the currency; otherwise the same, and "". `key`: of
/// header_key().
struct HeaderCurrency {
  std::string key, currency;
  bool loose = false;  ///< by a sign that several currencies have
};
[[nodiscard]] HeaderCurrency header_currency(std::string_view key);

}  // namespace abm::connect
