// How large a YAML file may be.
#pragma once

#include <cstddef>

namespace abm::yaml {

/// Chosen so that even the largest accepted file takes less than 64 MB as a tree.
struct Limits {
  size_t max_bytes = 4u << 20;
  size_t max_line_bytes = 64u << 10;
  unsigned max_depth = 16;
  size_t max_nodes = 300'000;
  size_t max_children = 100'000;  ///< entries of one list or mapping
};

}  // namespace abm::yaml
