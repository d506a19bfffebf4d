#include "generation/replacement.h"

#include <fmt/format.h>

namespace abm::generation {

FeedFacts feed_facts(const ManifestFacts& manifest) {
  return {manifest.tenant, manifest.feed_version, manifest.accounts};
}

Result<void> check_replacement(const FeedFacts& current, const FeedFacts& next, const ReplacementRules& rules,
                               std::string_view holder) {
  if (!rules.allow_other_tenant && current.tenant != next.tenant) {
    return Error{fmt::format(
        "feed of tenant '{}', but this data folder is '{}''s: check `accounts: from:` and `data:`",
        next.tenant, current.tenant)};
  }
  if (current.tenant != next.tenant) return {};
  if (!rules.allow_older && next.version < current.version) {
    return Error{
        fmt::format("feed version {} is older than {}, which {} has", next.version, current.version, holder)};
  }
  const auto& before = current.accounts;
  const auto& after = next.accounts;
  if (rules.max_shrink_percent.has_value() && before.has_value() && after.has_value() && *after < *before) {
    const uint64_t lost = *before - *after;
    if (lost * 100 > *before * *rules.max_shrink_percent) {
      return Error{fmt::format("feed has {} accounts, {} fewer than the {} of {}: more than max_shrink {}%",
                               *after, lost, *before, holder, *rules.max_shrink_percent)};
    }
  }
  return {};
}

Result<void> check_replacement(const ManifestFacts& current, const Manifest& next,
                               const ReplacementRules& rules) {
  return check_replacement(feed_facts(current), feed_facts(facts_of(next)), rules,
                           fmt::format("generation {}", current.number));
}

}  // namespace abm::generation
