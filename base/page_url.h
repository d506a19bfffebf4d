// The address of a page as a person types it → host, path and query as nginx would hand them to the module.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace abm {

struct PageUrl {
  std::string host;   ///< lower case, without port; "" when only a path was given
  std::string path;   ///< like $uri: percent-decoded, "//" merged, "." and ".." resolved
  std::string query;  ///< like $args: as written, without "?"
};

/// "https://host[:port]/path?query#fragment", "host/path" is refused, "/path?query" has no host.
/// Refuses what nginx answers with 400: a path that climbs above the root, a broken percent escape,
/// NUL, control characters, blanks.
[[nodiscard]] Result<PageUrl> parse_page_url(std::string_view url);

}  // namespace abm
