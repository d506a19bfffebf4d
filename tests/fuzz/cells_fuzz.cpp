// Cells as people write them: a number, a date, an answer or a domain is chosen, written in one of many ways,
// and must come back; and of any bytes a value comes with no fault, and does not depend on blanks around it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "connect/import/values.h"
#include "connect/import/websites.h"

namespace {

using namespace abm;
using namespace abm::connect;

void require(bool holds) {
  if (!holds) std::abort();
}

class Choices {
 public:
  explicit Choices(std::string_view bytes) : left_(bytes) {}
  uint64_t below(uint64_t most) {
    uint64_t value = 0;
    for (int i = 0; i < 6 && !left_.empty(); ++i) {
      value = value << 8 | static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
    }
    return value % most;
  }
  template <typename T, size_t kSize>
  T one_of(const std::array<T, kSize>& list) {
    return list[below(kSize)];
  }
  [[nodiscard]] std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

std::string with_marks(uint64_t value, std::string_view mark) {
  std::string digits = fmt::to_string(value), out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += mark;
    out += digits[i];
  }
  return out;
}

void write_number(Choices& choices) {
  const uint64_t value = choices.below(1) + choices.below(uint64_t{1} << 47);
  constexpr std::array<std::string_view, 6> kMarks = {"", ",", ".", "'", " ", "\u00a0"};
  constexpr std::array<std::string_view, 5> kBefore = {"", "$", "US$ ", "USD ", " "};
  constexpr std::array<std::string_view, 6> kAfter = {"", "+", " USD", "$", " employees", "\u00a0"};
  const std::string_view mark = choices.one_of(kMarks);
  const std::string one = with_marks(value, mark);
  std::string text = fmt::format("{}{}{}", choices.one_of(kBefore), one, choices.one_of(kAfter));
  if (choices.below(4) == 0)
    text = fmt::format("{} - {}", one, with_marks(value + 1 + choices.below(1000), mark));
  const NumberCell read = read_number_cell(text, {});
  require(read.fault.empty() && read.value == static_cast<int64_t>(value));
  // A range that ends below its beginning is none, whatever its marks are.
  if (value > 0)
    require(!read_number_cell(fmt::format("{} - {}", one, with_marks(value - 1, mark)), {}).value);
  // Two decimals are rounded, in both ways of writing them.
  const uint64_t hundredths = choices.below(50);
  for (const auto& [thousands, decimal] : {std::pair(",", "."), std::pair(".", ",")}) {
    const NumberCell both = read_number_cell(
        fmt::format("{}{}{:02}", with_marks(value, thousands), decimal, hundredths), {.dollars = true});
    require(both.value == static_cast<int64_t>(value));
  }
  const uint64_t small = choices.below(1000);
  constexpr std::array<std::pair<std::string_view, int64_t>, 8> kMagnitudes = {{{"k", 1000},
                                                                                {"M", 1000000},
                                                                                {" million", 1000000},
                                                                                {"bn", 1000000000},
                                                                                {" Mio.", 1000000},
                                                                                {" Mrd.", 1000000000},
                                                                                {"B", 1000000000},
                                                                                {"e+06", 1000000}}};
  const auto [word, factor] = choices.one_of(kMagnitudes);
  require(read_number_cell(fmt::format("{}{}", small, word), {}).value ==
          static_cast<int64_t>(small) * factor);
}

void write_date(Choices& choices) {
  const auto year = static_cast<int>(1900 + choices.below(300)),
             month = static_cast<int>(1 + choices.below(12)), day = static_cast<int>(1 + choices.below(28));
  constexpr std::array<std::string_view, 12> kMonths = {
      "January", "Feb", "March", "APR", "may", "Jun", "July", "Aug", "Sept", "October", "Nov", "december"};
  const std::string want = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  const std::string_view name = kMonths[static_cast<size_t>(month - 1)];
  for (const std::string& text :
       {want, fmt::format("{}T10:11:12Z", want), fmt::format("{}/{}/{}", year, month, day),
        fmt::format("{}.{}.{}", day, month, year), fmt::format("{} {} {}", day, name, year),
        fmt::format("{} {}, {} 9:15", name, day, year)})
    require(read_date_cell(text, DateOrder::kUnknown).date == want);
  const std::string slashes = fmt::format("{}/{}/{}", day, month, year);
  require(read_date_cell(slashes, DateOrder::kDayFirst).date == want);
  require(read_date_cell(fmt::format("{}/{}/{}", month, day, year), DateOrder::kMonthFirst).date == want);
  const DateCell guessed = read_date_cell(slashes, DateOrder::kUnknown);
  require(day > 12 || day == month ? guessed.date == want : guessed.date.empty() && !guessed.fault.empty());
}

void write_website(Choices& choices) {
  constexpr std::array<std::string_view, 5> kDomains = {"deere.com", "x.co.uk", "acme.com.au", "a-b.de",
                                                        "xn--bcher-kva.de"};
  constexpr std::array<std::string_view, 5> kSchemes = {"", "https://", "HTTP://", "//", "https://me:pw@"};
  constexpr std::array<std::string_view, 4> kHosts = {"", "www.", "WWW.", "shop.eu."};
  constexpr std::array<std::string_view, 7> kBehind = {"", "/", ":443", "/a?b=c", "?q", "#top", "./"};
  const std::string_view domain = choices.one_of(kDomains);
  const std::string address = fmt::format("{}{}{}{}", choices.one_of(kSchemes), choices.one_of(kHosts),
                                          domain, choices.one_of(kBehind));
  const auto found = domains_in_cell(fmt::format("{}, mailto:info@{} | {}", address, domain, domain));
  require(found.size() == 1 && found[0].domain == domain);
}

void read_anything(std::string_view bytes) {
  if (!is_utf8(bytes)) return;
  const std::string padded = fmt::format(" {}\t", bytes);
  for (const NumberOptions& options :
       {NumberOptions{}, NumberOptions{.times = 1000, .dollars = true, .share = false},
        NumberOptions{.whole_score = true}}) {
    const NumberCell one = read_number_cell(bytes, options), two = read_number_cell(padded, options);
    require(one.value == two.value && one.fault == two.fault && one.note == two.note);
    if (one.value.has_value()) require(*one.value >= 0 && one.fault.empty());
    if (one.value.has_value() && options.whole_score) require(*one.value <= 100);
    if (!one.value.has_value()) require(one.note.empty() || !one.fault.empty());
  }
  require(read_yes_no(bytes) == read_yes_no(padded));
  for (const DateOrder order : {DateOrder::kUnknown, DateOrder::kDayFirst, DateOrder::kMonthFirst}) {
    const DateCell date = read_date_cell(bytes, order);
    require(date.date.empty() || date.fault.empty());
    // A date is the same date, however the order is.
    if (!date.date.empty()) require(read_date_cell(date.date, DateOrder::kUnknown).date == date.date);
  }
  std::vector<std::string> domains;
  for (const WebsiteDomain& found : domains_in_cell(bytes)) {
    require(found.domain.empty() != found.fault.empty());
    if (!found.domain.empty()) domains.push_back(found.domain);
  }
  std::sort(domains.begin(), domains.end());
  require(std::adjacent_find(domains.begin(), domains.end()) == domains.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Choices choices({reinterpret_cast<const char*>(data + 1), size - 1});
  switch (data[0] % 4) {
    case 0:
      write_number(choices);
      break;
    case 1:
      write_date(choices);
      break;
    case 2:
      write_website(choices);
      break;
    default:
      read_anything(choices.rest());
  }
  return 0;
}
