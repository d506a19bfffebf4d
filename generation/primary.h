// The primary comparison in a generation's manifest: what was declared, when it was published first, and what
// was declared until then. Each manifest carries this on from the one before it, so that it outlives
// generations that are deleted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generation/manifest.h"
#include "generation/site_outcomes.h"

namespace abm::generation {

/// Names in `Manifest::made`. Without the first, none is declared.
inline constexpr std::string_view kMadePrimary = "primary";             ///< "goal /demo", "outcome amount"
inline constexpr std::string_view kMadePrimarySince = "primary_since";  ///< RFC 3339, as declared
/// RFC 3339: when the first generation was made that says so; where none is declared, that says so no more.
inline constexpr std::string_view kMadePrimaryPublished = "primary_published";
inline constexpr std::string_view kMadePrimaryGeneration = "primary_generation";  ///< its number
inline constexpr std::string_view kMadePrimaryBefore = "primary_before";  ///< what was declared until then

struct PrimaryRecord {
  std::string what;       ///< as primary_text(); "": none
  std::string before;     ///< the same; "": none, or nothing is known of it
  int64_t since = 0;      ///< Unix seconds; 0: none is declared
  int64_t published = 0;  ///< Unix seconds
  uint64_t generation = 0;
};

/// "goal /demo", "outcome amount", "".
[[nodiscard]] std::string primary_text(const std::optional<PrimaryGoal>& primary);

/// std::nullopt: the manifest says nothing of one, now or before.
[[nodiscard]] std::optional<PrimaryRecord> primary_of(const NamedTexts& made);

/// Whether a manifest with `made` says just this.
[[nodiscard]] bool says_primary(const NamedTexts& made, const std::optional<PrimaryGoal>& primary);

/// Adds the names above. `before`: `made` of the generation that is replaced; nullptr: there is none.
void put_primary(NamedTexts& made, const std::optional<PrimaryGoal>& primary, const NamedTexts* before,
                 uint64_t number, std::string_view created_at);

/// All records that differ, in the order of their publication, from the manifests of generations.
[[nodiscard]] std::vector<PrimaryRecord> primary_history(const std::vector<NamedTexts>& made);

}  // namespace abm::generation
