// The data folder as its one writer sees it: lock, leftovers, numbers, CURRENT, removal.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "generation/folder.h"
#include "generation/retention.h"

namespace abm::generation {

inline constexpr mode_t kFolderMode = 0755;
inline constexpr mode_t kPublishedMode = 0444;  // published files are never written again

/// flock(2) on the file `name` in the folder, held until the descriptor is closed. `who` is what the message
/// calls the current holder: "publisher".
[[nodiscard]] Result<Fd> take_lock(const Folder& folder, std::string_view name, std::string_view who);

/// The data folder, held under its lock: nobody else publishes, rolls back or cleans up until it is
/// destroyed. The lock is flock(2) on DATA/.lock, so it ends with the process, however that ends.
class LockedFolder {
 public:
  /// Makes a missing folder (mode 0755) if `create`. Refuses one that belongs to another user, unless this is
  /// root, who gives what it writes to the owner. Deletes what killed publishers left behind.
  [[nodiscard]] static Result<LockedFolder> open(const std::string& data_dir, bool create);

  [[nodiscard]] const Folder& folder() const noexcept { return folder_; }
  /// What killed publishers left behind and could not be deleted.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] std::string temporary_name(std::string_view what) const;

  /// A directory entry is only safe once its folder is on disk too.
  [[nodiscard]] Result<void> sync() const;
  /// Renames a new CURRENT into place. After an error, read_current() says whether it took effect.
  [[nodiscard]] Result<void> point_current_at(uint64_t number) const;
  /// Moves a generation out of sight first, so that nobody ever sees half of one.
  [[nodiscard]] Result<void> remove_generation(uint64_t number) const;
  /// Gives the complete, synced folder `temporary` its name and makes it the current generation. The text is
  /// a warning, "" for none: the generation is in use, but may not be on disk yet. After an error only
  /// `temporary` is left of it.
  [[nodiscard]] Result<std::string> put_in_place(const std::string& temporary, uint64_t number) const;
  /// Deletes what `keep` does not ask for, never the current one and never the one whose rules are held.
  /// Returns what went wrong.
  std::vector<std::string> remove_old_generations(const Retention& keep) const;

 private:
  Folder folder_;
  Fd lock_;
  std::vector<std::string> warnings_;
};

/// Numbers of all names of the form gen-NNNNNN, ascending.
[[nodiscard]] Result<std::vector<uint64_t>> generation_numbers(const Folder& data);

/// The generations of these numbers, and what they take. One that cannot be read has no files or no time.
[[nodiscard]] std::vector<StoredGeneration> stored_generations(const Folder& data,
                                                               const std::vector<uint64_t>& numbers);

/// Makes the folder (mode 0755) and any missing parents, as make_folders() does; no error if it exists.
[[nodiscard]] Result<void> make_folder(const std::string& path);
/// Removes a file, or a folder and everything in it; no error if it does not exist.
[[nodiscard]] Result<void> remove_tree(const std::string& path);

}  // namespace abm::generation
