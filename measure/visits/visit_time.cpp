#include "measure/visits/visit_time.h"

#include "base/timestamp.h"

namespace abm::measure {

std::optional<int64_t> parse_visit_time(std::string_view text) noexcept {
  const auto seconds = parse_rfc3339(text);
  if (!seconds.has_value() || *seconds < 0) return std::nullopt;
  int64_t ms = 0, unit = 100;
  if (text[19] == '.') {
    for (size_t i = 20; unit > 0 && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
      ms += unit * (text[i] - '0');
  }
  return *seconds * 1000 + ms;
}

}  // namespace abm::measure
