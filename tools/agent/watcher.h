// Notices when the files of a site change, however they are written: inotify on folders, never on files, so
// that a rename over a file, a swap of symlinks and a new file are all seen.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "generation/site.h"

namespace abm::tools {

/// What of a site is watched.
struct WatchList {
  std::vector<std::string> files;    ///< absolute: site.yaml, feed, keys, networks, rules
  std::vector<std::string> perhaps;  ///< files that need not be there: a git ref is in one of them
  std::vector<std::string> tables;   ///< of live sources, which need not be there yet
  std::vector<std::string> trees;  ///< folders with everything below: rules and their fragments; none of them
                                   ///< where rules are published on a signal or by a commit
  std::string except;              ///< the data folder: what publishing writes does not count
};
[[nodiscard]] WatchList watch_list(const generation::Site& site);

class Watcher {
 public:
  [[nodiscard]] static Result<Watcher> create();

  /// Watches this list from now on. Returns what cannot be watched (missing folders, the
  /// system's limit); retry() tries again.
  std::vector<std::string> watch(WatchList list);
  /// Looks again for folders that were missing. True if one has appeared.
  bool retry();

  /// To be polled for reading.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Reads what has happened. True if something in the list changed.
  [[nodiscard]] bool read_events();
  [[nodiscard]] size_t folders() const noexcept { return folders_.size(); }

 private:
  explicit Watcher(Fd fd) : fd_(std::move(fd)) {}
  struct Folder {
    std::string path;
    bool tree = false;            ///< every name in it counts, and folders below it are watched
    std::set<std::string> names;  ///< the names that count if it is not a tree: files, and ways to them
  };

  void rebuild();
  /// False: it cannot be watched, see errno.
  bool add_folder(const std::string& path, bool tree, const std::string& name);
  std::string add_way(const std::string& path);
  void add_tree(const std::string& path, int depth);
  [[nodiscard]] bool matters(const Folder& folder, std::string_view name, uint32_t mask) const;

  Fd fd_;
  WatchList list_;
  std::string except_;             ///< list_.except with symbolic links resolved, as the folders' paths are
  std::map<int, Folder> folders_;  ///< by watch descriptor
  std::vector<std::string> missing_;
};

/// Names that editors use for their own purposes beside the file: backups, swap and lock files.
[[nodiscard]] bool is_editor_debris(std::string_view name) noexcept;

}  // namespace abm::tools
