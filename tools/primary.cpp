#include "tools/primary.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "generation/primary.h"
#include "generation/publish.h"
#include "rules/program/glob_match.h"
#include "rules/read/globs.h"

namespace abm::tools {
namespace {

constexpr int64_t kOneDay = 86'400;  // the day of a zone that is ahead

/// The path of a sample page, which is a path or an address.
std::string path_of_page(std::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    const size_t slash = url.find('/', scheme + 3);
    url = slash == std::string_view::npos ? "/" : url.substr(slash);
  }
  return std::string(url.substr(0, url.find_first_of("?#")));
}

/// The kept generations' records, in the order of their publication.
std::vector<generation::PrimaryRecord> records_in(const std::string& data) {
  std::vector<generation::NamedTexts> made;
  if (auto generations = generation::list_generations(data); generations) {
    for (generation::GenerationInfo& info : *generations) made.push_back(std::move(info.made));
  }
  return generation::primary_history(made);
}

std::string in_words(const std::string& what) {
  return what.empty() ? "none" : what;
}

}  // namespace

void check_primary(const generation::Site& site, int64_t now, Diagnostics& diagnostics) {
  if (!site.primary.has_value()) return;
  const generation::PrimaryGoal& primary = *site.primary;
  if (primary.since > now + kOneDay) {
    diagnostics.warning(
        site.file, primary.at, {},
        fmt::format("'since' of primary is {}: when it was decided, which is in the past. A start to "
                    "come is what --from of abmctl report says",
                    format_rfc3339(primary.since).substr(0, 10)));
  }
  if (primary.goal.empty() || site.pages.empty()) return;
  const auto glob = rules::parse_glob(primary.goal);
  if (!glob.has_value()) return;
  std::vector<std::string> paths;
  for (const generation::PageInput& page : site.pages) {
    paths.push_back(path_of_page(page.url));
    if (rules::glob_matches(*glob, paths.back())) return;
  }
  const std::vector<std::string_view> candidates(paths.begin(), paths.end());
  if (const std::string near = did_you_mean(primary.goal, candidates); !near.empty()) {
    diagnostics.warning(
        site.file, primary.at, {},
        fmt::format("none of the sample pages is the primary goal '{}'{}", primary.goal, near));
  }
}

std::string primary_note(const std::string& data, const std::optional<generation::PrimaryGoal>& primary) {
  const auto generations = generation::list_generations(data);
  if (!generations || generations->empty()) return {};
  const generation::NamedTexts& made = generations->back().made;
  const std::string before(generation::text_of(made, generation::kMadePrimary));
  const std::string after = generation::primary_text(primary);
  if (before == after) return {};
  return fmt::format(
      "primary comparison: {} instead of {}; abmctl report tells when it was {}, if visits had come by then",
      in_words(after), in_words(before), before.empty() ? "declared" : "changed");
}

measure::Primary published_primary(const std::string& data) {
  measure::Primary primary;
  const std::vector<generation::PrimaryRecord> records = records_in(data);
  if (records.empty()) return primary;
  for (const generation::PrimaryRecord& record : records)
    primary.changes.push_back({.at = record.published, .before = record.before, .after = record.what});
  const generation::PrimaryRecord& last = records.back();
  constexpr std::string_view kGoal = "goal ", kOutcome = "outcome ";
  if (last.what.starts_with(kGoal)) primary.goal = last.what.substr(kGoal.size());
  if (last.what.starts_with(kOutcome)) primary.outcome = last.what.substr(kOutcome.size());
  primary.since = last.since;
  primary.published = last.published;
  primary.generation = last.generation;
  return primary;
}

}  // namespace abm::tools
