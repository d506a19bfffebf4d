// Amounts as people write them: a number with its marks of thousands, currency and magnitude. Internal to
// values.cpp and money.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace abm::connect {

struct Amount {
  long double value = 0;
  double factor = 1;     ///< of its magnitude
  std::string currency;  ///< another one than dollars
  bool dollars = false;
  bool loose = false;  ///< the currency is a sign that several have: $, ¥, kr
  bool dot = false;    ///< one dot with three digits behind it: 5.000
  /// '.' or ',' if it stands for thousands, and might as well stand before a fraction: 5.000 or 5,000.
  char either = 0;
  char decimal = 0;    ///< '.' or ',' before a fraction, and nothing else
  char thousands = 0;  ///< the same between thousands
};

/// `text` is lower case. `fault` says why it is none, if that is not plain to see.
[[nodiscard]] std::optional<Amount> amount_of(std::string_view text, std::string& fault);

/// Off the beginning, or the end, with the blanks next to it.
bool take_front(std::string_view& text, std::string_view word);
bool take_back(std::string_view& text, std::string_view word);

}  // namespace abm::connect
