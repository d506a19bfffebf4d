#include "rules/read/checker.h"

#include <algorithm>

namespace abm::rules {
namespace {

bool listed(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

void Checker::warning(Position at, std::string_view code, std::string message) {
  if (listed(file_.silenced, code) || listed(silenced_, code)) return;
  diagnostics().warning(file_.name, at, std::string(code), std::move(message), std::string(line(at.line)));
}

}  // namespace abm::rules
