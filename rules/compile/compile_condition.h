// Condition trees → jump programs of tests (format::Test) that stop as soon as the outcome is known.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "rules/ast.h"
#include "rules/compile/program_writer.h"

namespace abm::rules {

/// Deeper conditions are refused; the loader refuses them much earlier.
inline constexpr int kMaxConditionDepth = 64;

/// Folded names of the segments that rules define → index.
using SegmentNames = std::unordered_map<std::string, uint32_t>;

/// Appends the tests of `condition`. `segments` are those that `segment:` may name besides the feed's;
/// nullptr inside a segment's own condition. Returns an error text, or "" with the range in `tests`.
[[nodiscard]] std::string compile_condition(const Condition& condition, const SegmentNames* segments,
                                            ProgramWriter& writer, format::Range& tests);

}  // namespace abm::rules
