#include "measure/report/primary.h"

#include <fmt/format.h>

#include "base/timestamp.h"

namespace abm::measure {
namespace {

std::string day_text(int64_t seconds) {
  return format_rfc3339(seconds).substr(0, 10);
}

std::string named(const std::string& what) {
  return what.empty() ? "none was declared" : fmt::format("it was the {}", what);
}

}  // namespace

std::vector<std::string> primary_remarks(const Primary& primary, int64_t first_ms) {
  std::vector<std::string> remarks;
  const std::string first = day_text(first_ms / 1000);
  for (const PrimaryChange& change : primary.changes) {
    if (change.at * 1000 <= first_ms) continue;
    if (change.before.empty()) {
      remarks.push_back(fmt::format(
          "The primary comparison ({}) was declared on {}, when visits had been coming since {}: whoever had looked by "
          "then could choose it by what was seen.",
          change.after, day_text(change.at), first));
    } else {
      remarks.push_back(fmt::format(
          "The primary comparison was changed on {}, when visits had been coming since {}: before, {}; since then, {}. Its p "
          "is worth what the reason for the change is worth.",
          day_text(change.at), first, named(change.before),
          change.after.empty() ? "none is declared" : fmt::format("it is the {}", change.after)));
    }
  }
  return remarks;
}

}  // namespace abm::measure
