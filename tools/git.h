// Which commit of a git repository a site's rules are, asked of the `git` program.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/read_files.h"
#include "generation/site.h"

namespace abm::tools {

inline constexpr std::chrono::seconds kGitPatience{5};

/// The output of `git -C folder words…`. The repository belongs to somebody else as far as we know: git gets
/// none of our environment but PATH, reads no configuration but the repository's, and that cannot make it run
/// a program, ask anything or use the network. Errors: no git, a repository it does not have, more than
/// `patience`, another exit status than 0.
[[nodiscard]] Result<std::string> run_git(const std::string& folder, const std::vector<std::string>& words,
                                          std::chrono::milliseconds patience = kGitPatience);

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
