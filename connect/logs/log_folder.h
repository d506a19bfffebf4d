// The files of a log: itself and its rotated files, plain and compressed. Only names
// and numbers; nothing is opened.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace abm::connect {

struct Entry {
  std::string name;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t changed_ns = 0;  ///< mtime: it says that something changed, never when (clocks jump)
  bool live = false;       ///< it is the one that nginx writes
  bool compressed = false;
};

[[nodiscard]] int64_t changed_ns(const struct stat& status) noexcept;

/// Regular files named like the log, plus "." or "-" and more, except those whose names begin like `state`
/// (our own). Of a folder that may be entered but not listed, only the log is found, and `listed` is false.
[[nodiscard]] Result<std::vector<Entry>> list_logs(const std::string& log, const std::string& state,
                                                   bool& listed);

}  // namespace abm::connect
