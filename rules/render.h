// Winners → finished edits: placeholders filled in and escaped for the page's encoding, in the request's memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/memory.h"
#include "rewrite/charset.h"
#include "rewrite/edit.h"
#include "rules/matcher.h"
#include "rules/program.h"

namespace abm::rules {

/// Why a winner gave no edit. kHeldOut: no edit was wanted.
enum class RenderSkip : uint8_t { kNone, kHeldOut, kNoValue, kNoFragment, kCharset, kMemory };
[[nodiscard]] std::string_view to_string(RenderSkip skip) noexcept;  ///< "holdout", "no-value", "no-fragment", "charset", "memory"

struct RenderInput {
  const Program* program = nullptr;
  const accounts::AccountView* account = nullptr;
  std::string_view path;                 ///< for page.path
  rewrite::Charset charset = rewrite::Charset::kUtf8;
  std::span<const Winner> winners;
  MemorySource memory;                   ///< every view in the result lives here or in the program; nothing is released
};

struct RenderResult {
  std::span<const rewrite::Edit> edits;        ///< ascending by slot, for rewrite::RewriterOptions
  std::span<const RenderSkip> skips;           ///< by winner; kNone where the winner has an edit
  std::span<const uint32_t> edit_of_winner;    ///< by winner: index into edits, or kNoEdit
  uint64_t hash = 0;                           ///< XXH3-64 over slots and bytes of all edits, for the ETag
  bool ok = true;                              ///< false: no memory; then there are no edits
};
inline constexpr uint32_t kNoEdit = 0xffffffff;

/// Literal edits point into the program (no copy) when the charset allows it.
[[nodiscard]] RenderResult render_edits(const RenderInput& input) noexcept;

}  // namespace abm::rules
