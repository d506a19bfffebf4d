#include "tools/age.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace abm::tools {

std::string age(int64_t seconds) {
  struct Unit {
    int64_t seconds;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{86'400, "day"}, {3'600, "hour"}, {60, "minute"}, {1, "second"}};
  for (const Unit& unit : kUnits) {
    const int64_t count = std::max<int64_t>(seconds, 0) / unit.seconds;  // negative: a clock was set back
    if (count > 0 || unit.seconds == 1)
      return fmt::format("{} {}{}", count, unit.name, count == 1 ? "" : "s");
  }
  return {};
}

}  // namespace abm::tools
