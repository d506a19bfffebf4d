#include "tools/agent/watcher.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "generation/build.h"
#include "generation/build_feed.h"
#include "generation/file_pattern.h"
#include "generation/site_files.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

// A file counts once it is whole: closed by its writer, or moved into place. IN_CREATE is for folders and
// links, which are whole at once.
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMaxDepth = 16;
constexpr size_t kMaxFolders = 10'000;

std::string folder_of(const std::string& file) {
  return fs::path(file).parent_path().string();
}

bool is_below(const std::string& path, const std::string& folder) {
  return !folder.empty() && (path == folder || path.starts_with(folder + "/"));
}

}  // namespace

bool is_editor_debris(std::string_view name) noexcept {
  const bool vim_swap = name.size() > 5 && name.front() == '.' && name.substr(name.size() - 4, 3) == ".sw";
  return name.ends_with('~') || name.starts_with(".#") || name.starts_with('#') || name == "4913" || vim_swap;
}

WatchList watch_list(const generation::Site& site) {
  WatchList list;
  std::error_code code;
  const std::string site_file = fs::absolute(site.file, code).lexically_normal().string();
  list.files = {site_file};
  if (const std::string feed = generation::feed_copy(site); feed == site.accounts.from) {
    list.files.push_back(feed);
    if (!site.accounts.verify_key.empty())
      list.files.push_back(feed + std::string(generation::kSignatureSuffix));
  }
  for (const std::string& key : {site.accounts.verify_key, site.sign_key}) {
    if (!key.empty()) list.files.push_back(key);
  }
  for (const generation::NetworkInput& network : site.networks) list.files.push_back(network.path);
  for (const generation::FilePattern& pattern : site.rules)
    list.trees.push_back(generation::pattern_folder(site.folder, pattern.text));
  // Tests that are mended let through what they refused.
  if (!site.tests.has_value())
    list.files.push_back(site.folder + "/" + std::string(generation::kDefaultTests));
  for (const generation::FilePattern& pattern : site.tests.value_or(std::vector<generation::FilePattern>{})) {
    if (generation::has_wildcards(pattern.text)) {
      list.trees.push_back(generation::pattern_folder(site.folder, pattern.text));
    } else {
      list.files.push_back((fs::path(site.folder) / pattern.text).lexically_normal().string());
    }
  }
  // A symlink's target can be written too.
  for (const std::string& file : std::vector<std::string>(list.files)) {
    const fs::path real = fs::canonical(file, code);
    if (!code && real != file) list.files.push_back(real.string());
  }
  list.except = site.data;
  return list;
}

Result<Watcher> Watcher::create() {
  Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid()) return errno_error("inotify", errno);
  return Watcher(std::move(fd));
}

std::vector<std::string> Watcher::watch(WatchList list) {
  list_ = std::move(list);
  rebuild();
  return missing_;
}

bool Watcher::retry() {
  if (missing_.empty()) return false;
  const size_t before = missing_.size();
  rebuild();
  return missing_.size() < before;
}

/// A folder that stays watched keeps its descriptor, and so the events in it that were not read yet.
void Watcher::rebuild() {
  const std::map<int, Folder> before = std::exchange(folders_, {});
  missing_.clear();
  for (const std::string& tree : list_.trees) add_tree(tree, 0);
  for (const std::string& file : list_.files) {
    add_folder(folder_of(file), false, fs::path(file).filename().string());
  }
  for (const auto& [watch, folder] : before) {
    if (!folders_.contains(watch)) ::inotify_rm_watch(fd_.get(), watch);
  }
}

void Watcher::add_folder(const std::string& path, bool tree, const std::string& name) {
  if (folders_.size() >= kMaxFolders) {
    missing_.push_back(fmt::format("{}: more than {} folders", path, kMaxFolders));
    return;
  }
  const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), kEvents);
  if (watch < 0) {
    missing_.push_back(errno_error(path, errno).message);
    return;
  }
  Folder& folder = folders_[watch];  // one that is watched already has the same descriptor
  folder.path = path;
  folder.tree = folder.tree || tree;
  if (!name.empty()) folder.names.insert(name);
}

void Watcher::add_tree(const std::string& path, int depth) {
  if (is_below(path, list_.except)) return;
  add_folder(path, true, {});
  if (depth == kMaxDepth) return;
  std::error_code code;
  fs::directory_iterator entry(path, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    std::error_code unreadable;
    const std::string name = entry->path().filename().string();
    // Fragments may be reached through symlinks only if those stay below the
    // folder, so none is followed here.
    const bool folder = entry->is_directory(unreadable) && !entry->is_symlink(unreadable);
    if (folder && !name.starts_with('.')) add_tree(entry->path().string(), depth + 1);
  }
}

bool Watcher::matters(const Folder& folder, std::string_view name, uint32_t mask) const {
  const std::string path = folder.path + "/" + std::string(name);
  // Container platforms change all files of a folder at once by renaming this symlink.
  const bool named = folder.names.contains(std::string(name)) || name == "..data";
  if (!named && (!folder.tree || is_editor_debris(name) || is_below(path, list_.except))) return false;
  if ((mask & IN_CREATE) == 0 || (mask & IN_ISDIR) != 0) return true;
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return false;
  return S_ISLNK(info.st_mode) || info.st_nlink > 1;
}

bool Watcher::read_events() {
  bool changed = false;
  bool folders_changed = false;
  alignas(inotify_event) char buffer[16 * 1024];
  for (;;) {
    const ssize_t size = ::read(fd_.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer + at, sizeof event);
      const char* name = buffer + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        changed = folders_changed = true;
        continue;
      }
      const auto found = folders_.find(event.wd);
      if (found == folders_.end() || (event.mask & IN_IGNORED) != 0) continue;
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        changed = folders_changed = true;
        continue;
      }
      if (!matters(found->second, event.len == 0 ? "" : name, event.mask)) continue;
      changed = true;
      folders_changed = folders_changed || ((event.mask & IN_ISDIR) != 0 && found->second.tree);
    }
  }
  if (folders_changed) rebuild();
  return changed;
}

}  // namespace abm::tools
