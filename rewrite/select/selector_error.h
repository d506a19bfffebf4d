// Why a selector was refused, and where.
#pragma once

#include <cstddef>
#include <string>

namespace abm::rewrite {

struct SelectorError {
  size_t offset = 0;    ///< bytes into the text
  std::string message;  ///< "':hover' depends on the reader, not on the page; use …"
};

}  // namespace abm::rewrite
