// Where rules and fragments come from: the disk for tools, memory for tests and fuzzing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace abm::rules {

class FileSource {
 public:
  virtual ~FileSource() = default;
  /// The whole file, or an error text.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path, size_t limit) = 0;
  /// A fragment: `path` (checked: relative, no "..") below `folder`, refused if a symlink is on the way. A
  /// source without symlinks reads `folder/path`, or `path` for the folder ".".
  [[nodiscard]] virtual Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                                         size_t limit);
  /// Regular files below `folder` (recursive, at most `limit`), with paths relative to it, sorted; includes
  /// symlinks to files, which read_beneath() then refuses. None if there is no such folder; an error if it,
  /// or a folder below, cannot be read.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder, size_t limit) = 0;
};
/// Reads absolute paths or paths relative to the working directory; opens fragments only beneath their rules
/// file's folder (no "..", no absolute path, no symlink, no NUL).
[[nodiscard]] FileSource& disk_source() noexcept;

}  // namespace abm::rules
