// Quirks mode from a DOCTYPE (HTML 13.2.6.4.1): it decides whether a table closes an open paragraph.
#pragma once

#include <string_view>

namespace abm::rewrite {

/// `text` is what stands between "<!DOCTYPE" and ">". Limited-quirks counts as no quirks.
[[nodiscard]] bool is_quirks_doctype(std::string_view text) noexcept;

}  // namespace abm::rewrite
