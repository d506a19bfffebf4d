// What a URL with placeholders may look like: no placeholder may choose the scheme or the host.
#pragma once

#include <string>
#include <string_view>

namespace abm::rewrite {

/// Stands for a placeholder in a shape: no URL parser drops it, and no URL needs it.
inline constexpr char kPlaceholderMark = '\x7f';

/// Why an attribute's URL is refused, or "". `shape`: its text as the browser reads it (references decoded),
/// each placeholder one kPlaceholderMark. Allowed: http, https, mailto, tel, and URLs without scheme.
[[nodiscard]] std::string url_refusal(std::string_view shape);

/// The same for an attribute that takes several URLs: only a single one may hold a placeholder.
[[nodiscard]] std::string url_list_refusal(std::string_view shape);

}  // namespace abm::rewrite
