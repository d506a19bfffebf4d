// Parameters in the address of a page, as links carry tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace abm::tools {

/// `url` with `name=value` at the end of its query, before its fragment.
[[nodiscard]] std::string with_parameter(std::string_view url, std::string_view name, std::string_view value);

/// The value of the first parameter of that name in `query` (as written, without "?"); a view of it.
[[nodiscard]] std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name);

}  // namespace abm::tools
