// Markup and edits as people read them: plain text, one-line descriptions, and where two of them differ.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "rewrite/edit.h"

namespace abm::rewrite {

/// Each run of blanks (ASCII white space, U+00A0) becomes one blank; blanks at either end go.
[[nodiscard]] std::string collapsed(std::string_view text);

/// What a reader sees of UTF-8 markup: tags, comments, scripts and styles left out, character references
/// resolved, blocks separated by a blank, blanks collapsed.
[[nodiscard]] std::string plain_text(std::string_view markup);

/// All text that an edit brings, in page order (before, prepend, content, append, after).
[[nodiscard]] std::string plain_text(const rewrite::Edit& edit);

/// An attribute's value as the browser reads it: references resolved.
[[nodiscard]] std::string attribute_value(std::string_view raw);

/// `"See the plan", href="/for/deere"`, `removed`, `hidden, +class "quiet"`. `as_markup`: pieces of markup as
/// they are, not as text.
[[nodiscard]] std::string describe(const rewrite::Edit& edit, bool as_markup = false);

/// At most `limit` code points, then "…" if something was cut.
[[nodiscard]] std::string shortened(std::string_view text, size_t limit);
/// Both shortened so that the first difference can be seen.
[[nodiscard]] std::pair<std::string, std::string> shortened_apart(std::string_view a, std::string_view b,
                                                                  size_t limit);

}  // namespace abm::rewrite
