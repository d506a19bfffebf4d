// One answer of a web server with its headers, as a visitor without cookies gets it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace abm::tools::doctor {

struct Answer {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
  std::string body;                                          ///< its first MiB

  /// All values of a header, joined with ", "; "" when it is not there.
  [[nodiscard]] std::string header(std::string_view lower_name) const;
};

/// At most 10 s; a redirect is an answer like any other.
[[nodiscard]] Result<Answer> fetch(const std::string& url);

}  // namespace abm::tools::doctor
