// What a visitor is to see on this page: rules matched, winners rendered, the reason if nothing comes of it.
#pragma once

#include "module/context.h"

namespace abm::module {

/// The plan of the page, made once for the location and URI that the main request is in; asks the visitor
/// anew. The edits are rendered for UTF-8; confirm_charset() corrects that. Once a page is being sent: that
/// page's plan.
const Plan& decide(Context& context) noexcept;

/// For variables, in any phase: arm and rules of the page, of which the early ones may still change.
/// `fallback` as ask_visitor_early() has it.
const Plan& match_rules(Context& context, const LocConf* fallback) noexcept;

/// Renders again if the page's charset is another one than `plan.rendered` was made for. False: nothing is
/// left to write, plan.skip says why.
[[nodiscard]] bool confirm_charset(Context& context, rewrite::Charset charset) noexcept;

/// Nothing will be written: lets go of the program.
void release_edits(Plan& plan) noexcept;

}  // namespace abm::module
