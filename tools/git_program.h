// The git program as a reader of a repository that others write to: nothing of the repository's own
// configuration is run (hooks, filters, pagers, monitors), nothing is fetched, nothing is written, no
// variable GIT_… of the caller counts, and every call ends in time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::tools {

struct GitLimits {
  size_t max_output = 64u << 20;  ///< bytes
  std::chrono::milliseconds longest{30'000};
};
struct GitPlace {
  std::string path;
  bool repository = true;  ///< for --git-dir; else a folder that is somewhere in a work tree
};
/// Standard output of `git ARGUMENTS…` at `place` with `input` as its standard input. An error begins with
/// the path and has git's own first line.
[[nodiscard]] Result<std::string> ask_git(const GitPlace& place, const std::vector<std::string>& arguments,
                                          std::string_view input, const GitLimits& limits);

}  // namespace abm::tools
