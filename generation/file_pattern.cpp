#include "generation/file_pattern.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "base/file.h"

namespace abm::generation {
namespace {

constexpr std::string_view kWildcards = "*?[";

/// "path: no such file or directory" says nothing of a link whose target is gone.
Error link_to_nothing(const std::string& path) {
  return Error{path + ": a link to a file that is not there"};
}

/// Walks down one pattern, part by part. glob(3) would take what it may not read for nothing.
class PatternWalk {
 public:
  explicit PatternWalk(std::string_view pattern) {
    while (!pattern.empty()) {
      const size_t end = std::min(pattern.find('/'), pattern.size());
      if (end != 0) parts_.emplace_back(pattern.substr(0, end));
      pattern.remove_prefix(std::min(end + 1, pattern.size()));
    }
  }

  void walk(const std::string& at, size_t part) {
    if (part == parts_.size()) return;
    if (has_wildcards(parts_[part])) {
      for (const std::string& name : matches(at, parts_[part])) take(at + "/" + name, part, true);
    } else {
      take(at + "/" + unescaped(parts_[part]), part, false);
    }
  }
  PatternFiles found;

 private:
  static std::string unescaped(const std::string& part) {
    std::string name;
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '\\' && i + 1 < part.size()) ++i;
      name += part[i];
    }
    return name;
  }

  /// `listed`: its folder says that it is there.
  void take(const std::string& path, size_t part, bool listed) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      const int why = errno;
      if (why != ENOENT && why != ENOTDIR) {
        found.faults.push_back(errno_error(path, why));
      } else if (struct stat link{}; ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
        if (listed || part + 1 == parts_.size()) found.faults.push_back(link_to_nothing(path));
      }
      return;
    }
    if (part + 1 < parts_.size()) {
      if (S_ISDIR(info.st_mode)) walk(path, part + 1);
    } else if (S_ISREG(info.st_mode)) {
      found.files.push_back(std::filesystem::path(path).lexically_normal().string());
    }
  }

  std::vector<std::string> matches(const std::string& folder, const std::string& part) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.empty() ? "/" : folder.c_str()),
                                                   ::closedir);
    if (open == nullptr) {
      if (errno != ENOENT && errno != ENOTDIR) found.faults.push_back(errno_error(folder, errno));
      return names;
    }
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(open.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != ".." && ::fnmatch(part.c_str(), entry->d_name, FNM_PERIOD) == 0)
        names.emplace_back(name);
    }
    if (errno != 0) found.faults.push_back(errno_error(folder, errno));
    return names;
  }

  std::vector<std::string> parts_;
};

}  // namespace

bool has_wildcards(std::string_view pattern) noexcept {
  return pattern.find_first_of(kWildcards) != pattern.npos;
}

std::string pattern_folder(const std::string& folder, const std::string& pattern) {
  const size_t slash = pattern.rfind('/', pattern.find_first_of(kWildcards));
  const std::string own = slash == pattern.npos ? "" : pattern.substr(0, slash + 1);
  std::string path = (std::filesystem::path(folder) / own).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

PatternFiles files_of_pattern(const std::string& folder, const std::string& pattern) {
  PatternWalk walk(pattern);
  walk.walk(pattern.starts_with('/') || folder == "/" ? "" : folder, 0);
  std::sort(walk.found.files.begin(), walk.found.files.end());
  return std::move(walk.found);
}

}  // namespace abm::generation
