// The code, title and explanation of every lint finding: one table for the checker, `check
// --explain` and the README.
#pragma once

#include <span>
#include <string_view>

namespace abm::rules {

inline constexpr std::string_view kLintSlotNearMiss = "ABM001";
inline constexpr std::string_view kLintUnusedSlot = "ABM002";
inline constexpr std::string_view kLintNameOnly = "ABM003";
inline constexpr std::string_view kLintNeverMatches = "ABM004";
inline constexpr std::string_view kLintExpired = "ABM005";
inline constexpr std::string_view kLintScript = "ABM006";
inline constexpr std::string_view kLintLeavesSite = "ABM007";
inline constexpr std::string_view kLintNoAccount = "ABM008";
inline constexpr std::string_view kLintTie = "ABM009";
inline constexpr std::string_view kLintUnknownAccount = "ABM010";
inline constexpr std::string_view kLintUnknownValue = "ABM011";
inline constexpr std::string_view kLintUnbalanced = "ABM012";
inline constexpr std::string_view kLintNoFragment = "ABM013";
inline constexpr std::string_view kLintUnusedSegment = "ABM014";
inline constexpr std::string_view kLintShadowedSegment = "ABM015";
inline constexpr std::string_view kLintUnsafe = "ABM016";
inline constexpr std::string_view kLintMisplaced = "ABM017";
inline constexpr std::string_view kLintUnrecognised = "ABM018";
inline constexpr std::string_view kLintReverted = "ABM019";
inline constexpr std::string_view kLintBreaksPage = "ABM020";
inline constexpr std::string_view kLintNotOnPages = "ABM021";
inline constexpr std::string_view kLintSmallGroups = "ABM022";
inline constexpr std::string_view kLintUnknownPage = "ABM023";
inline constexpr std::string_view kLintParents = "ABM024";
inline constexpr std::string_view kLintCapacity = "ABM025";
inline constexpr std::string_view kLintUntouched = "ABM026";
inline constexpr std::string_view kLintListSize = "ABM027";
inline constexpr std::string_view kLintIndustries = "ABM028";
inline constexpr std::string_view kLintUnreached = "ABM029";

struct LintCode {
  std::string_view code;         ///< "ABM012"
  std::string_view title;        ///< a few words
  std::string_view explanation;  ///< paragraphs of plain text: what, why it matters, what to do
};

/// All codes, ascending.
[[nodiscard]] std::span<const LintCode> lint_codes() noexcept;
/// nullptr for an unknown code; ignores case.
[[nodiscard]] const LintCode* find_lint_code(std::string_view code) noexcept;

}  // namespace abm::rules
