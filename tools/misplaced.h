// Inserted markup that a browser would not leave where it is put, seen on a real page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rewrite/scan/charset.h"
#include "tools/visit_edits.h"

namespace abm::tools {

/// A sentence for each edit of the page that a browser would move, drop, or let end an element around it
/// (ABM017 on this page: `check` knows only what the slot's selector says). `page` is the original, `name`
/// what messages call it. Each is said once per rule and slot; at most 20,
/// and then that there are more.
[[nodiscard]] std::vector<std::string> misplaced_markup(std::string_view page, std::string_view name,
                                                        const VisitEdits& edits, rewrite::Charset charset);

}  // namespace abm::tools
