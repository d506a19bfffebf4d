// Files below a folder that nobody can swap for others between check and open: no look-up leaves the folder
// or follows a symbolic link.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace abm {

/// The folder itself, by whatever path its owner wrote: that path may contain links.
[[nodiscard]] Result<Fd> open_folder(const std::string& path);

enum class BeneathLookup : uint8_t {
  kKernel,  ///< openat2 (Linux 5.6), or step by step if the kernel or a sandbox lacks it
  kSteps,   ///< folder by folder with O_NOFOLLOW
};

/// Opens the regular file at `path` (relative, without ".", ".." and empty names) below `folder` for reading.
/// Errors do not name the path. Size and kind are taken from the descriptor.
[[nodiscard]] Result<Fd> open_beneath(int folder, const std::string& path,
                                      BeneathLookup lookup = BeneathLookup::kKernel);

}  // namespace abm
