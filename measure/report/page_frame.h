// What a page that can be mailed is within: one file, its style and script inside, nothing else may load.
#pragma once

#include <string>
#include <string_view>

namespace abm::measure {

/// Down to `<body>`; the policy allows the page's style, and its script if there is one.
[[nodiscard]] std::string open_page(std::string_view title, bool with_script);
/// The script, which makes tables sortable, and the end. `with_script` as in open_page().
[[nodiscard]] std::string close_page(bool with_script);

}  // namespace abm::measure
