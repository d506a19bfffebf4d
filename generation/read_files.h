// The files that rules were compiled from, as they were read.
#pragma once

#include <string>
#include <vector>

#include "base/content_hash.h"

namespace abm::generation {

/// A rules file or fragment.
struct ReadFile {
  std::string path;  ///< as opened: absolute for a site's
  ContentHash hash;
};
using ReadFiles = std::vector<ReadFile>;

}  // namespace abm::generation
