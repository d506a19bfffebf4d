// Words of others as one cell of a table: names of a list, paths of visitors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace abm::measure {

/// Columns of a terminal that UTF-8 text takes: two for most characters of East Asia, none for marks that
/// stand on another character.
[[nodiscard]] size_t columns_of(std::string_view text) noexcept;

/// `text` on one line, without controls and marks that change the direction of what follows; at most
/// `columns` wide, where longer text ends with "…".
[[nodiscard]] std::string shown(std::string_view text, size_t columns);

}  // namespace abm::measure
