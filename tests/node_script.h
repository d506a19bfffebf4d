// Checkers written for node: lines in, lines out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace abm::places {

/// Runs tests/rewrite/parse5/NAME with the path of a file that holds `lines`, and returns the lines that it
/// prints. If the script fails, so does the test that runs it.
[[nodiscard]] std::vector<std::string> judge_with_node(std::string_view name,
                                                       const std::vector<std::string>& lines);

}  // namespace abm::places
