// The addresses that a sitemap names (sitemaps.org 0.90).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::tools {

struct Sitemap {
  bool is_index = false;  ///< its addresses are those of other sitemaps
  std::vector<std::string> addresses;
};

/// The addresses of a sitemap or of an index of sitemaps, in its order, `most` at most. An error for what is
/// neither.
[[nodiscard]] Result<Sitemap> parse_sitemap(std::string_view xml, size_t most);

/// The pages of the sitemap at that address, those of an index's sitemaps included, `most` at most, each
/// once. Sitemaps of other sites are not followed.
[[nodiscard]] Result<std::vector<std::string>> pages_of_sitemap(const std::string& address, size_t most);

}  // namespace abm::tools
