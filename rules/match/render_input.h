// What the renderer is given, and why it may produce nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/memory.h"
#include "rewrite/scan/charset.h"
#include "rules/match/matcher.h"
#include "rules/match/script_page.h"
#include "rules/program/program.h"

namespace abm::rules {

/// Why a winner produced no edit. kHeldOut: none was wanted. kNoScript: it is for abm.js, which the site does
/// not have.
enum class RenderSkip : uint8_t { kNone, kHeldOut, kNoValue, kNoFragment, kCharset, kMemory, kNoScript };
[[nodiscard]] std::string_view to_string(
    RenderSkip skip) noexcept;  ///< "holdout", "no-value", "no-fragment", "charset", "memory", "no-script"

struct RenderInput {
  const Program* program = nullptr;
  const accounts::AccountView* account = nullptr;
  std::string_view path;  ///< for page.path
  rewrite::Charset charset = rewrite::Charset::kUtf8;
  std::span<const Winner> winners;
  const ScriptPage* script = nullptr;  ///< nullptr: all edits are made in the HTML, whatever the rules say
  MemorySource memory;  ///< holds every view in the result that is not in the program; nothing is released
};

}  // namespace abm::rules
