#include "generation/replacement.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace abm::generation {
namespace {

bool shrinks(uint64_t before, uint64_t after, std::optional<uint32_t> max_percent) noexcept {
  if (!max_percent.has_value() || after >= before) return false;
  // In floating point, since a hostile manifest may state any number; exact below 2^46.
  return static_cast<double>(before - after) * 100 > static_cast<double>(before) * *max_percent;
}

std::string lost(std::string_view what, uint64_t before, uint64_t after, std::string_view holder,
                 std::optional<uint32_t> max_percent) {
  return fmt::format("{} {}, {} fewer than the {} of {}: more than max_shrink {}%", after, what,
                     before - after, before, holder, max_percent.value_or(0));
}

using SourceCounts = std::vector<std::pair<std::string, NamedCounts>>;

/// The source of this name, the `nth` of several.
const NamedCounts* find_source(const SourceCounts& sources, std::string_view name, size_t nth) {
  for (const auto& [key, counts] : sources) {
    if (key == name && nth-- == 0) return &counts;
  }
  return nullptr;
}

void find_network_losses(const ManifestFacts& current, const SourceCounts& next, uint32_t max_percent,
                         std::string_view holder, std::vector<Loss>& losses) {
  for (size_t i = 0; i < next.size(); ++i) {
    const auto& [name, counts] = next[i];
    if (!name.starts_with(kOneNetworkSource)) continue;
    const auto nth =
        static_cast<size_t>(std::count_if(next.begin(), next.begin() + static_cast<ptrdiff_t>(i),
                                          [&key = name](const auto& other) { return other.first == key; }));
    const NamedCounts* before = find_source(current.sources, name, nth);
    if (before == nullptr) continue;
    const uint64_t entries = count_of(counts, kEntriesCount).value_or(0);
    const uint64_t entries_before = count_of(*before, kEntriesCount).value_or(0);
    if (shrinks(entries_before, entries, max_percent)) {
      losses.push_back({name, lost("entries", entries_before, entries, holder, max_percent)});
      continue;
    }
    // The file is there, but nobody can be found in it any more: another column, another field.
    const uint64_t accounts_before = count_of(*before, kAccountsCount).value_or(0);
    if (accounts_before != 0 && entries != 0 && count_of(counts, kAccountsCount).value_or(0) == 0) {
      losses.push_back(
          {name, fmt::format("identifies no account any more, but {} in {}", accounts_before, holder)});
    }
  }
}

}  // namespace

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
  if (!rules.allow_shrink && before.has_value() && after.has_value() &&
      shrinks(*before, *after, rules.max_shrink_percent)) {
    return Error{
        fmt::format("feed has {}", lost("accounts", *before, *after, holder, rules.max_shrink_percent))};
  }
  return {};
}

std::vector<Loss> find_losses(const ManifestFacts& current, const Manifest& next,
                              std::optional<uint32_t> max_loss_percent) {
  std::vector<Loss> losses;
  if (!max_loss_percent.has_value() || *max_loss_percent >= 100) return losses;
  const std::string holder = fmt::format("generation {}", current.number);
  for (const std::string_view name : {kCountRules, kCountFragments, kCountTests}) {
    const auto before = count_of(current.counts, name);
    const uint64_t after = count_of(next.counts, name).value_or(0);
    if (before.has_value() && shrinks(*before, after, max_loss_percent))
      losses.push_back({{}, lost(name, *before, after, holder, max_loss_percent)});
  }
  find_network_losses(current, facts_of(next).sources, *max_loss_percent, holder, losses);
  // However it was lost: nobody would be identified at all.
  const uint64_t claims_before = count_of(current.counts, kCountClaims).value_or(0);
  if (losses.empty() && claims_before != 0 && count_of(next.counts, kCountClaims).value_or(0) == 0)
    losses.push_back({{}, lost("networks", claims_before, 0, holder, max_loss_percent)});
  return losses;
}

Result<void> check_replacement(const ManifestFacts& current, const Manifest& next,
                               const ReplacementRules& rules) {
  auto allowed = check_replacement(feed_facts(current), feed_facts(facts_of(next)), rules,
                                   fmt::format("generation {}", current.number));
  if (!allowed || rules.allow_shrink) return allowed;
  const std::vector<Loss> losses = find_losses(current, next, rules.max_loss_percent);
  if (losses.empty()) return {};
  const Loss& first = losses.front();
  return Error{first.source.empty() ? first.message : fmt::format("{}: {}", first.source, first.message)};
}

}  // namespace abm::generation
