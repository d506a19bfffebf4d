#include "tools/agent/watcher.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "generation/build.h"
#include "generation/build_feed.h"
#include "generation/file_pattern.h"
#include "generation/site_files.h"
#include "tools/git_repository.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

// A file counts once it is whole: closed by its writer, or moved into place. IN_CREATE is for folders and
// links, which are whole at once.
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMaxDepth = 16;
constexpr int kMaxLinks = 40;  // as many as the kernel follows
constexpr size_t kMaxFolders = 10'000;

std::string folder_of(const std::string& file) {
  return fs::path(file).parent_path().string();
}

/// The folder that holds, at any depth, the matches of a pattern, and so the fragments. As written: ".."
/// behind a symbolic link is the folder above its target, as the kernel reads it.
std::string folder_of_matches(const std::string& site_folder, const std::string& pattern) {
  const size_t slash = pattern.rfind('/', pattern.find_first_of("*?["));
  std::string path =
      (fs::path(site_folder) / (slash == pattern.npos ? "" : pattern.substr(0, slash))).string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The rules files that the patterns match now, the folders of those that are reached through links, and
/// tests: those that are mended let through what they refused.
void add_rules(const generation::Site& site, WatchList& list) {
  std::set<std::string> trees;
  for (const generation::FilePattern& pattern : site.rules)
    trees.insert(folder_of_matches(site.folder, pattern.text));
  Diagnostics unused;
  for (const std::string& name : generation::rules_files(site, unused).files) {
    const std::string file = name.starts_with('/') ? name : site.folder + "/" + name;
    list.files.push_back(file);
    trees.insert(folder_of(file));
  }
  if (!site.tests.has_value())
    list.files.push_back(site.folder + "/" + std::string(generation::kDefaultTests));
  for (const generation::FilePattern& pattern : site.tests.value_or(std::vector<generation::FilePattern>{})) {
    if (generation::has_wildcards(pattern.text)) {
      trees.insert(folder_of_matches(site.folder, pattern.text));
    } else {
      list.files.push_back((fs::path(site.folder) / pattern.text).string());
    }
  }
  list.trees.assign(trees.begin(), trees.end());
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
  for (const generation::AccountSource& source : site.accounts.merge.sources) {
    if (!source.verify_key.empty()) list.files.push_back(source.verify_key);
    if (source.live.has_value()) {
      list.tables.push_back(source.from);
      continue;
    }
    if (!source.from.starts_with('/')) continue;
    list.files.push_back(source.from);
    if (!source.verify_key.empty())
      list.files.push_back(source.from + std::string(generation::kSignatureSuffix));
  }
  for (const std::string& key : {site.accounts.verify_key, site.sign_key}) {
    if (!key.empty()) list.files.push_back(key);
  }
  for (const generation::NetworkInput& network : site.networks) list.files.push_back(network.path);
  using Publish = generation::AgentInput::Publish;
  if (site.agent.publish == Publish::kOnChange) add_rules(site, list);
  if (site.agent.publish == Publish::kOnCommit) {
    if (const auto repository = find_repository(site); repository) {
      for (std::string& file : files_of_ref(*repository, site.agent.ref))
        list.perhaps.push_back(std::move(file));
    }
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
  std::error_code code;
  const fs::path except = fs::weakly_canonical(list_.except, code);
  except_ = code ? list_.except : except.string();
  for (const std::string& tree : list_.trees) {
    if (const std::string real = add_way(tree); !real.empty()) add_tree(real, 0);
  }
  const size_t missing = missing_.size();
  for (const std::string& file : list_.perhaps) (void)add_way(file);
  for (const std::string& file : list_.tables) (void)add_way(file);
  missing_.resize(missing);
  for (const std::string& file : list_.files) (void)add_way(file);
  std::sort(missing_.begin(), missing_.end());
  missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
  for (const auto& [watch, folder] : before) {
    if (!folders_.contains(watch)) ::inotify_rm_watch(fd_.get(), watch);
  }
}

bool Watcher::add_folder(const std::string& path, bool tree, const std::string& name) {
  if (folders_.size() >= kMaxFolders) {
    missing_.push_back(fmt::format("{}: more than {} folders", path, kMaxFolders));
    return false;
  }
  const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), kEvents);
  if (watch < 0) return false;
  Folder& folder = folders_[watch];  // one that is watched already has the same descriptor
  folder.path = path;
  folder.tree = folder.tree || tree;
  if (!name.empty()) folder.names.insert(name);
  return true;
}

/// Watches each folder on the way to `path` for the next name on it: a folder or a link above may be renamed
/// as well as the file itself. Follows links as the kernel does. Returns where the way ends, "" if it does
/// not exist.
std::string Watcher::add_way(const std::string& path) {
  std::deque<std::string> names;
  const auto put_in_front = [&names](const fs::path& more) {
    std::vector<std::string> parts;
    for (const fs::path& part : more.relative_path()) parts.push_back(part.string());
    names.insert(names.begin(), parts.begin(), parts.end());
  };
  put_in_front(path);
  std::string at = "/";
  for (int links = 0; !names.empty();) {
    const std::string name = names.front();
    names.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      at = fs::path(at).parent_path().string();
      continue;
    }
    // A folder above may be closed to us, although what is below is not.
    const bool watched = add_folder(at, false, name);
    const int error = errno;
    const std::string next = at == "/" ? "/" + name : at + "/" + name;
    struct stat info {};
    if (::lstat(next.c_str(), &info) != 0) {
      if (!names.empty()) missing_.push_back(errno_error(next, errno).message);
      return {};
    }
    if (!watched && names.empty()) missing_.push_back(errno_error(at, error).message);
    if (!S_ISLNK(info.st_mode)) {
      at = next;
      continue;
    }
    std::error_code code;
    const fs::path target = fs::read_symlink(next, code);
    if (code || ++links > kMaxLinks) return {};
    put_in_front(target);
    if (target.is_absolute()) at = "/";
  }
  return at;
}

void Watcher::add_tree(const std::string& path, int depth) {
  if (is_below(path, except_)) return;
  if (!add_folder(path, true, {})) {
    missing_.push_back(errno_error(path, errno).message);
    return;
  }
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
  const bool named = folder.names.contains(std::string(name));
  if (!named && (!folder.tree || is_editor_debris(name) || is_below(path, except_))) return false;
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
      if (found == folders_.end()) continue;
      if ((event.mask & IN_IGNORED) != 0) {
        folders_.erase(found);  // the kernel may give its number to another folder
        folders_changed = true;
        continue;
      }
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
        changed = folders_changed = true;
        continue;
      }
      if (!matters(found->second, event.len == 0 ? "" : name, event.mask)) continue;
      changed = true;
      // Another folder or link has the name: the way goes elsewhere now.
      folders_changed = folders_changed || (event.mask & IN_CLOSE_WRITE) == 0;
    }
  }
  if (folders_changed) rebuild();
  return changed;
}

}  // namespace abm::tools
