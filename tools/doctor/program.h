// Another program's output, for `nginx -V` and `nginx -T`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace abm::tools::doctor {

struct ProgramOutput {
  int status = 0;  ///< exit status, 128 + signal
  std::string out;
  std::string err;
};

/// Runs `words[0]` (looked up in PATH, and in /usr/sbin, where nginx is) without a shell and with an empty
/// input, and waits for its end.
[[nodiscard]] Result<ProgramOutput> run_program(const std::vector<std::string>& words);

}  // namespace abm::tools::doctor
