// Times of lines: how they are written, and which are out of the question.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace abm::measure {

/// 2020-01-01 in Unix milliseconds. No version of the module is older: an earlier time is that of a clock
/// that was not set, such as 1970-01-01.
inline constexpr int64_t kEarliestVisitMs = 1'577'836'800'000;
/// A year. Wrong zones and clocks put lines hours or months ahead of the time when they were written, and
/// those are still visits; what lies further ahead is none.
inline constexpr int64_t kFurthestAheadMs = 366LL * 86'400'000;

/// "2026-11-22T04:20:01.123Z" as Unix milliseconds.
[[nodiscard]] std::optional<int64_t> parse_visit_time(std::string_view text) noexcept;

}  // namespace abm::measure
