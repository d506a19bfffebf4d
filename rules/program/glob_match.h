// Path globs: `*` within a segment, `**` across. Compares folded text (base/folding.h); time linear in the
// path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "rules/program/format.h"

namespace abm::rules {

// Patterns beyond these limits are refused when rules are compiled; they bound the work of one match to path
// bytes times kMaxGlobStates / 64 machine words.
inline constexpr size_t kMaxPatternBytes = 2048;
inline constexpr size_t kMaxGlobStates =
    257;  ///< literal bytes from the first to the last wildcard, plus one

/// A folded pattern, without redundant stars.
struct GlobPattern {
  std::string text;
  uint32_t prefix = 0, suffix = 0;  ///< as in format::Glob
  format::GlobKind kind = format::GlobKind::kExact;
};

/// Meaning: text matches itself in either case; `*` matches any bytes but "/", also none; `**` any bytes,
/// also none, and between slashes ("/a/**/b") also no segment ("/a/b"). Three or more stars are two.
/// std::nullopt when beyond the limits.
[[nodiscard]] std::optional<GlobPattern> parse_glob(std::string_view pattern);

/// Whether the whole `path` matches, which has been through fold_beyond_ascii(). Safe for any `text`, not
/// only one from parse_glob.
[[nodiscard]] bool glob_matches(std::string_view text, uint32_t prefix, uint32_t suffix,
                                format::GlobKind kind, std::string_view path) noexcept;
[[nodiscard]] inline bool glob_matches(const GlobPattern& glob, std::string_view path) noexcept {
  return glob_matches(glob.text, glob.prefix, glob.suffix, glob.kind, path);
}

}  // namespace abm::rules
