// The data folder as its one writer sees it: lock, leftovers, numbers, CURRENT, removal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/folder.h"

namespace abm::generation {

/// The data folder, held under its lock: nobody else publishes, rolls back or clears up until it is
/// destroyed. The lock is flock(2) on DATA/.lock, so it ends with the process, however that ends.
class LockedFolder {
 public:
  /// Makes the folder (mode 0755) when `create` and there is none. Deletes what killed publishers left
  /// behind.
  [[nodiscard]] static Result<LockedFolder> open(const std::string& data_dir, bool create);

  [[nodiscard]] const Folder& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string temporary_name(std::string_view what) const;

  /// A directory entry is safe only once its folder is on disk as well.
  [[nodiscard]] Result<void> sync() const;
  /// Renames a new CURRENT into place. When an error comes back, read_current() says whether it took effect.
  [[nodiscard]] Result<void> point_current_at(uint64_t number) const;
  /// Moves a generation out of sight first, so that nobody ever sees half of one.
  [[nodiscard]] Result<void> remove_generation(uint64_t number) const;

 private:
  Folder folder_;
  Fd lock_;
};

/// Numbers of all names of the form gen-NNNNNN, ascending.
[[nodiscard]] Result<std::vector<uint64_t>> generation_numbers(const Folder& data);

/// Removes a file or a folder with all its content; no error when there is none.
[[nodiscard]] Result<void> remove_tree(const std::string& path);

}  // namespace abm::generation
