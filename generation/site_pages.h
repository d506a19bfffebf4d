// `pages:` of site.yaml: saved pages of the site that rules are checked against.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "rules/sample_page.h"
#include "yaml/node.h"
#include "yaml/source_text.h"

namespace abm::generation {

inline constexpr size_t kMostSamplePages = 200;
inline constexpr size_t kMaxSamplePageBytes = 16u << 20;

/// One entry, as written.
struct PageInput {
  std::string url;   ///< a path, or an address
  std::string file;  ///< absolute
  Position at;
};

/// The list of the site.yaml `file` in `folder` (absolute). Errors go to `diagnostics`; what is right of the
/// list is returned.
[[nodiscard]] std::vector<PageInput> read_page_list(const yaml::Node& node, const std::string& file,
                                                    const std::string& folder, const yaml::SourceText& text,
                                                    Diagnostics& diagnostics);

/// The pages themselves. A file that cannot be read is an error, with its place in `site_file`.
[[nodiscard]] std::vector<rules::SamplePage> read_sample_pages(const std::vector<PageInput>& pages,
                                                               const std::string& site_file,
                                                               Diagnostics& diagnostics);

}  // namespace abm::generation
