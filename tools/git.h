// Which commit of a git repository a site's rules are, asked of the `git` program.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "generation/read_files.h"
#include "generation/site.h"

namespace abm::tools {

struct GitCommit {
  std::string id;      ///< 40 hexadecimal digits, 64 in a SHA-256 repository
  bool clean = false;  ///< site.yaml and every file read have exactly the commit's bytes, and none is missing
};

/// The commit that is checked out in the repository of the rules; std::nullopt if they are in none, or it
/// cannot be asked. `files` were read for the build. Only plumbing that reads objects is used, so neither the
/// index nor hooks, filters or file system monitors take part; a file that git stores otherwise than it lies
/// there (line ends, large file storage) therefore counts as not clean.
[[nodiscard]] std::optional<GitCommit> commit_of_rules(const generation::Site& site,
                                                       const generation::ReadFiles& files);

}  // namespace abm::tools
