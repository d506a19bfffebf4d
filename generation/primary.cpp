#include "generation/primary.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/timestamp.h"

namespace abm::generation {

std::string primary_text(const std::optional<PrimaryGoal>& primary) {
  if (!primary.has_value()) return {};
  return primary->goal.empty() ? "outcome " + primary->outcome : "goal " + primary->goal;
}

std::optional<PrimaryRecord> primary_of(const NamedTexts& made) {
  const auto published = parse_rfc3339(text_of(made, kMadePrimaryPublished));
  if (!published.has_value()) return std::nullopt;
  const std::string_view number = text_of(made, kMadePrimaryGeneration);
  uint64_t generation = 0;
  std::from_chars(number.data(), number.data() + number.size(), generation);
  return PrimaryRecord{.what = std::string(text_of(made, kMadePrimary)),
                       .before = std::string(text_of(made, kMadePrimaryBefore)),
                       .since = parse_rfc3339(text_of(made, kMadePrimarySince)).value_or(0),
                       .published = *published,
                       .generation = generation};
}

bool says_primary(const NamedTexts& made, const std::optional<PrimaryGoal>& primary) {
  if (text_of(made, kMadePrimary) != primary_text(primary)) return false;
  return !primary.has_value() || text_of(made, kMadePrimarySince) == format_rfc3339(primary->since);
}

void put_primary(NamedTexts& made, const std::optional<PrimaryGoal>& primary, const NamedTexts* before,
                 uint64_t number, std::string_view created_at) {
  const std::string what = primary_text(primary);
  const std::string_view was = before == nullptr ? "" : text_of(*before, kMadePrimary);
  const bool is_same = before != nullptr && was == what;
  const std::string_view carried = is_same ? text_of(*before, kMadePrimaryPublished) : "";
  // Never declared, and still not.
  if (what.empty() && was.empty() && carried.empty()) return;
  if (primary.has_value()) {
    made.emplace_back(kMadePrimary, what);
    made.emplace_back(kMadePrimarySince, format_rfc3339(primary->since));
  }
  made.emplace_back(kMadePrimaryPublished, carried.empty() ? created_at : carried);
  made.emplace_back(kMadePrimaryGeneration, carried.empty()
                                                ? std::to_string(number)
                                                : std::string(text_of(*before, kMadePrimaryGeneration)));
  const std::string_view replaced = is_same ? text_of(*before, kMadePrimaryBefore) : was;
  if (!replaced.empty()) made.emplace_back(kMadePrimaryBefore, replaced);
}

std::vector<PrimaryRecord> primary_history(const std::vector<NamedTexts>& made) {
  std::vector<PrimaryRecord> records;
  for (const NamedTexts& texts : made) {
    if (auto record = primary_of(texts); record.has_value()) records.push_back(std::move(*record));
  }
  const auto key = [](const PrimaryRecord& record) {
    return std::tie(record.published, record.generation, record.what, record.before);
  };
  std::stable_sort(records.begin(), records.end(),
                   [&](const PrimaryRecord& a, const PrimaryRecord& b) { return key(a) < key(b); });
  records.erase(std::unique(records.begin(), records.end(),
                            [&](const PrimaryRecord& a, const PrimaryRecord& b) { return key(a) == key(b); }),
                records.end());
  return records;
}

}  // namespace abm::generation
