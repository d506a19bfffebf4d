#include "generation/coverage.h"

#include <numeric>
#include <string_view>

#include <fmt/format.h>

namespace abm::generation {
namespace {

constexpr std::array<std::string_view, Coverage::kSources> kKnownFrom = {
    "by networks that the feed lists", "by networks of a CSV", "by AS numbers", "by a vendor's database"};

}  // namespace

uint64_t Coverage::identifiable() const noexcept {
  return std::accumulate(by.begin(), by.end(), uint64_t{0});
}

Coverage coverage_of(const Generation& generation) {
  Coverage coverage;
  coverage.accounts = generation.accounts().size();
  for (const ipdb::Index::NamedAccount& named : generation.index().named_accounts()) {
    if (generation.accounts().find(named.key)) ++coverage.by[static_cast<size_t>(named.source) - 1];
  }
  return coverage;
}

std::string to_text(const Coverage& coverage) {
  const uint64_t known = coverage.identifiable();
  std::string text =
      fmt::format("accounts: {}, of which {} can be identified by their address", coverage.accounts, known);
  if (known == 0) {
    return coverage.accounts == 0
               ? text
               : text +
                     ": no network is listed for them, and no network source knows an AS number, an "
                     "organization or a domain of theirs";
  }
  std::string sources;
  for (size_t i = 0; i < coverage.by.size(); ++i) {
    if (coverage.by[i] != 0)
      sources += fmt::format("{}{} {}", sources.empty() ? "" : ", ", coverage.by[i], kKnownFrom[i]);
  }
  return fmt::format("{} ({})", text, sources);
}

}  // namespace abm::generation
