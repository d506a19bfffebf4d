// Winners → finished edits: placeholders filled in and escaped for the page's encoding, in request memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rewrite/edit.h"
#include "rules/match/render_input.h"

namespace abm::rules {

struct RenderResult {
  std::span<const rewrite::Edit> edits;      ///< ascending by slot, for rewrite::RewriterOptions
  std::span<const RenderSkip> skips;         ///< by winner; kNone where the winner has an edit
  std::span<const uint32_t> edit_of_winner;  ///< by winner: index into edits, or kNoEdit
  uint64_t hash = 0;                         ///< XXH3-64 over slots and bytes of all edits, for the ETag
  bool ok = true;                            ///< false: out of memory; there are no edits
};
inline constexpr uint32_t kNoEdit = 0xffffffff;

/// Literal edits point into the program (no copy) if the charset allows it.
[[nodiscard]] RenderResult render_edits(const RenderInput& input) noexcept;

}  // namespace abm::rules
