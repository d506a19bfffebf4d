// Winners → finished edits: placeholders filled in and escaped for the page's encoding, in request memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rewrite/edit.h"
#include "rules/match/render_input.h"

namespace abm::rules {

inline constexpr uint32_t kNoEdit = 0xffffffff;

/// Edits for abm.js stand in a data block, which one more edit puts behind the start tag of head: their
/// winners have that edit.
struct RenderResult {
  std::span<rewrite::Edit> edits;            ///< ascending by slot, for rewrite::RewriterOptions
  std::span<const RenderSkip> skips;         ///< by winner; kNone where the winner has an edit
  std::span<const uint32_t> edit_of_winner;  ///< by winner: index into edits, or kNoEdit
  uint32_t block = kNoEdit;                  ///< index of the data block's edit, if there is one
  bool once = false;                         ///< the data block is for this request alone
  uint64_t hash = 0;                         ///< XXH3-64 over slots and bytes of all edits, for the ETag
  bool ok = true;                            ///< false: out of memory; there are no edits
};
/// Literal edits point into the program (no copy) if the charset allows it.
[[nodiscard]] RenderResult render_edits(const RenderInput& input) noexcept;

/// Puts a nonce (base64) on the data block's reference to abm.js, where there is one. False: no memory.
[[nodiscard]] bool add_nonce(RenderResult& result, std::string_view nonce,
                             const MemorySource& memory) noexcept;

/// All edits as JSON (edits_json.h), whoever would make them in the page itself; data is nullptr when out of
/// memory.
[[nodiscard]] std::string_view render_json(const RenderInput& input) noexcept;

}  // namespace abm::rules
