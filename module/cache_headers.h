// What caches obey: Cache-Control's directives, and the headers that some cache ranks above it.
#pragma once

#include <string_view>

namespace abm::module {

/// A response header, Cache-Control aside, by which some cache keeps a response.
struct CacheHeader {
  std::string_view name;
  bool is_suffix;         ///< of the name
  std::string_view kept;  ///< the directive that has the page processed (ESI), "" for none
};

/// The table's entry for a name in any case; nullptr: no cache that we know of obeys it.
[[nodiscard]] const CacheHeader* find_cache_header(std::string_view name) noexcept;

/// Whether a list of directives, as in Cache-Control, holds one of that name in any case, with or
/// without an argument.
[[nodiscard]] bool has_directive(std::string_view list, std::string_view name) noexcept;

/// The directive of that name with its argument ("content="ESI/1.0""), a view of `list`; "" where there is
/// none or it has no argument.
[[nodiscard]] std::string_view find_directive(std::string_view list, std::string_view name) noexcept;

}  // namespace abm::module
