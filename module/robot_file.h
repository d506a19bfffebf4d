// The file of `abm_bots`: names of robots besides those that are compiled in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::module {

inline constexpr size_t kMaxRobotFile = 256 << 10;
inline constexpr size_t kMaxRobotNames = 4096;
inline constexpr size_t kMinRobotName = 3, kMaxRobotName = 64;  ///< bytes of a name

/// One name a line, sorted, in lower case, each once; "#" begins a comment, at the start of a line or behind
/// a blank. A name begins with a letter or a digit, or with "^" before one, and consists of visible ASCII and
/// single blanks. Errors are "PATH:LINE: what is wrong"; `path` is for them.
[[nodiscard]] Result<std::vector<std::string>> parse_robot_names(std::string_view text,
                                                                 std::string_view path);

/// The same for a file. Refused: one that its group or others may write, that is no regular file, or that is
/// longer than kMaxRobotFile.
[[nodiscard]] Result<std::vector<std::string>> read_robot_file(const std::string& path);

}  // namespace abm::module
