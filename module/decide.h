// Makes a page's plan: identifies the visitor, matches rules, renders the winners.
#pragma once

#include "module/ask_visitor.h"

namespace abm::module {

/// The plan of the page, made once for the location and URI that the main request is in; identifies the
/// visitor anew. The edits are rendered for the charset of the location's last page; confirm_charset()
/// corrects that. Once a page is being sent: that page's plan.
const Plan& decide(Context& context) noexcept;

/// What rules are matched against where the visitor, who is known, goes to that page of the request's host.
/// Valid as long as the context.
[[nodiscard]] rules::Visit visit_to(const Context& context, std::string_view path,
                                    std::string_view query) noexcept;

/// Arm and rules alone, with nothing rendered: the page's once that is decided, and until then as far as can
/// be known. `fallback` as known_visitor() has it.
const Plan& match_rules(Context& context, const LocConf* fallback, Asking when) noexcept;

/// Renders again if the page's charset is another one than `plan.rendered` was made for. False: nothing is
/// left to write, plan.skip says why.
[[nodiscard]] bool confirm_charset(Context& context, rewrite::Charset charset) noexcept;

}  // namespace abm::module
