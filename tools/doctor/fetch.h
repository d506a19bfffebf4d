// A page as a visitor without cookies gets it.
#pragma once

#include <string>

#include "base/result.h"
#include "connect/http/http.h"

namespace abm::tools::doctor {

struct Answer {
  connect::HttpReply reply;
  std::string body;  ///< its first MiB
};

/// A redirect is an answer like any other. `connect_to`: as in HttpRequest.
[[nodiscard]] Result<Answer> fetch(const std::string& url, const std::string& connect_to = {});

}  // namespace abm::tools::doctor
