// Files every rule under values that few accounts and few pages have, so that a visit looks at
// few rules (index_key.h).
#pragma once

#include <cstdint>
#include <vector>

#include "rules/ast.h"
#include "rules/compile/compile_condition.h"
#include "rules/compile/program_writer.h"

namespace abm::rules {

/// Fills the writer's account table, postings and page table, and the postings of its segments.
/// `strongest_first` lists all rules, those that win first. Never leaves out a rule that could match. Returns
/// one bit per Subject that has keys in the account table.
[[nodiscard]] uint32_t compile_index(const Ruleset& ruleset, const SegmentNames& segments,
                                     const std::vector<uint32_t>& strongest_first, ProgramWriter& writer);

}  // namespace abm::rules
