// Files below a folder that nobody can swap for others between a check and the opening: no look-up leaves the
// folder, and no symbolic link is followed.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace abm {

/// The folder itself, by whatever path its owner wrote: that may lead over links.
[[nodiscard]] Result<Fd> open_folder(const std::string& path);

enum class BeneathLookup : uint8_t {
  kKernel,  ///< openat2 (Linux 5.6), and step by step where the kernel or a sandbox has none
  kSteps,   ///< folder by folder with O_NOFOLLOW
};

/// The regular file at `path` (relative, without ".", ".." and empty names) below `folder`, for reading.
/// Errors do not name the path. Size and kind are asked of the descriptor.
[[nodiscard]] Result<Fd> open_beneath(int folder, const std::string& path,
                                      BeneathLookup lookup = BeneathLookup::kKernel);

}  // namespace abm
