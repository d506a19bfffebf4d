#include "generation/replacement.h"

#include <fmt/format.h>

namespace abm::generation {

std::optional<uint64_t> account_count(const Manifest& manifest) noexcept {
  for (const SourceEntry& source : manifest.sources) {
    if (source.name != kAccountsSource) continue;
    for (const auto& [name, value] : source.counts) {
      if (name == kAccountsCount) return value;
    }
  }
  return std::nullopt;
}

Result<void> check_replacement(const Manifest& current, const Manifest& next, const ReplacementRules& rules) {
  if (!rules.allow_other_tenant && current.tenant != next.tenant) {
    return Error{fmt::format(
        "feed of tenant '{}', but this data folder is '{}''s: check `accounts: from:` and `data:`",
        next.tenant, current.tenant)};
  }
  if (current.tenant != next.tenant) return {};
  if (!rules.allow_older && next.feed_version < current.feed_version) {
    return Error{fmt::format("feed version {} is older than {}, which generation {} has", next.feed_version,
                             current.feed_version, current.number)};
  }
  const auto before = account_count(current);
  const auto after = account_count(next);
  if (rules.max_shrink_percent.has_value() && before.has_value() && after.has_value() && *after < *before) {
    const uint64_t lost = *before - *after;
    if (lost * 100 > *before * *rules.max_shrink_percent) {
      return Error{
          fmt::format("feed has {} accounts, {} fewer than the {} of generation {}: more than max_shrink {}%",
                      *after, lost, *before, current.number, *rules.max_shrink_percent)};
    }
  }
  return {};
}

}  // namespace abm::generation
