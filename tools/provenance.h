// Who publishes, where, and of which commit; and how a generation's story reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generation/manifest.h"
#include "generation/publish.h"
#include "generation/read_files.h"
#include "generation/site.h"
#include "tools/output.h"

namespace abm::tools {

/// Entries of Manifest::made that are true of this process now: user and host. What cannot be told is left
/// out.
[[nodiscard]] generation::NamedTexts provenance();
/// The same of the rules' files: the commit that is checked out there.
void add_commit(const generation::Site& site, const generation::ReadFiles& files,
                generation::NamedTexts& made);

/// "abm@web-1, commit 9f3a1b2c4d5e (clean)"; "" if nothing is known.
[[nodiscard]] std::string who_text(const generation::NamedTexts& made);
/// "12 tests passed", "no tests", "tests skipped"; "" if that is not known.
[[nodiscard]] std::string tests_text(const generation::NamedTexts& made,
                                     const generation::NamedCounts& counts);
/// "rules 6 → 7", of an entry of Manifest::counts.
[[nodiscard]] std::string count_change(std::string_view name, uint64_t before, uint64_t after);
/// "rules 6 → 7, accounts changed"; for a first generation what is in it.
[[nodiscard]] std::string change_text(const generation::GenerationInfo& info);

/// Members of an object: what a manifest says of who made it and what changed.
void write_story(Json& json, const generation::NamedTexts& made, const generation::NamedCounts& counts,
                 const generation::NamedCounts& counts_before);

}  // namespace abm::tools
