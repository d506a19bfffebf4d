// The files of a commit in a folder of our own: as they are in the repository, byte for byte.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "base/result.h"
#include "generation/site.h"
#include "tools/git_repository.h"

namespace abm::tools {

/// A private copy, deleted with the object.
class CommitFiles {
 public:
  /// Copies what `folders` (paths in the repository, "" for all of it) hold into DATA/.commit-…, complete or
  /// not at all. Refused: a file that is kept in Git LFS, a symbolic link that may lead out, and more than
  /// 20,000 files or 64 MB.
  [[nodiscard]] static Result<std::unique_ptr<CommitFiles>> copy(const GitRepository& repository,
                                                                 const RefCommit& commit,
                                                                 const std::vector<std::string>& folders,
                                                                 const std::string& data_dir);
  CommitFiles(const CommitFiles&) = delete;
  CommitFiles& operator=(const CommitFiles&) = delete;
  ~CommitFiles();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  CommitFiles() = default;
  std::string path_;
  Fd lock_;  ///< held as long as it is in use: another process deletes those that nobody holds
};

/// Whether a symbolic link in a folder `depth` levels below the root stays below it, whatever other links of
/// that kind its target leads through.
[[nodiscard]] bool link_stays_inside(std::string_view target, size_t depth);

/// A site whose rules and tests are those of a commit.
struct CommitSite {
  RefCommit commit;
  std::unique_ptr<CommitFiles> files;
  generation::Site site;  ///< the same site, but its folder and patterns are in `files`

  /// The same findings with places in the repository instead of the copy.
  [[nodiscard]] Diagnostics in_repository(const Diagnostics& findings) const;
};
/// For `publish: on-commit`.
[[nodiscard]] Result<CommitSite> site_of_commit(const generation::Site& site);

}  // namespace abm::tools
