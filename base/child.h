// Another program's answer: run without a shell, bounded in time and size, and gone when the call is over.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm {

struct ChildRequest {
  std::vector<std::string> words;        ///< the program, which is looked up in PATH, and its arguments
  std::vector<std::string> environment;  ///< "NAME=value", all of it; PATH is that of the caller
  std::string folder;                    ///< where it runs; "": where the caller does
  std::string_view input;                ///< its standard input
  std::string what;                      ///< what errors call it: "git log"
  size_t max_output = 64u << 20;         ///< bytes
  std::chrono::milliseconds longest{30'000};
};

struct ChildAnswer {
  int status = 0;         ///< exit status, 128 + signal
  std::string out;        ///< standard output
  std::string complaint;  ///< the first line of standard error
};

/// An error: there is no such program, it answers too much, or too late, and was killed with all that it
/// began in its process group.
[[nodiscard]] Result<ChildAnswer> ask_child(const ChildRequest& request);

}  // namespace abm
