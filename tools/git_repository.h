// The repository that a site's rules are published from, and what its ref names.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "generation/site.h"

namespace abm::tools {

struct GitRepository {
  std::string directory;  ///< for --git-dir: the bare repository, or WORK_TREE/.git
  std::string top;        ///< of the work tree, symbolic links resolved; "": bare
  std::string folder;     ///< where the site's folder is in it, "" for its root; no slash at either end
};

/// The repository that `agent:` of the site names, or else the one that site.yaml's folder is in.
[[nodiscard]] Result<GitRepository> find_repository(const generation::Site& site);

struct RefCommit {
  std::string id;   ///< 40 or 64 hexadecimal digits
  std::string ref;  ///< full name: "refs/heads/main"
};
/// What the ref names now. A short name is a branch, then a remote's branch ("origin/main"), then a tag:
/// unlike git, so that nobody can put a tag before the branch.
[[nodiscard]] Result<RefCommit> resolve_ref(const GitRepository& repository, const std::string& ref);
/// The files that change when the ref moves, for watching: some of them do not exist.
[[nodiscard]] std::vector<std::string> files_of_ref(const GitRepository& repository, const std::string& ref);

}  // namespace abm::tools
