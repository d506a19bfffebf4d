#include "tools/agent/inputs_look.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "generation/folder.h"
#include "tools/agent/watcher.h"
#include "tools/git_repository.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 16;
constexpr size_t kMostNames = 200'000;

/// `times`: of a folder they change with files that do not count.
std::string facts_about(const std::string& path, const struct stat& info) {
  std::string facts = fmt::format("{}\n{} {} {:o} {} {}", path, info.st_dev, info.st_ino, info.st_mode,
                                  info.st_uid, info.st_gid);
  if (!S_ISDIR(info.st_mode)) {
    facts += fmt::format(" {} {} {} {} {}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                         info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
  }
  return facts + "\n";
}

/// The link itself and what it leads to: either may be another one.
std::string look_at(const std::string& path) {
  struct stat info {};
  std::string facts;
  if (::lstat(path.c_str(), &info) != 0) return fmt::format("{}\nmissing {}\n", path, errno);
  facts = facts_about(path, info);
  if (!S_ISLNK(info.st_mode)) return facts;
  if (::stat(path.c_str(), &info) != 0) return facts + fmt::format("leads nowhere {}\n", errno);
  return facts + facts_about("->", info);
}

class TreeLook {
 public:
  TreeLook(std::string except, std::string& out) : except_(std::move(except)), out_(out) {}

  void look(const std::string& path, int depth) {
    if (path == except_) return;
    out_ += look_at(path);
    std::error_code code;
    std::vector<std::string> names;
    fs::directory_iterator entry(path, code);
    for (; !code && entry != fs::directory_iterator() && seen_ < kMostNames; entry.increment(code)) {
      names.push_back(entry->path().filename().string());
      ++seen_;
    }
    if (code) out_ += fmt::format("closed {}\n", code.value());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      if (is_editor_debris(name)) continue;
      const std::string inside = path + "/" + name;
      std::error_code unreadable;
      const fs::file_status status = fs::symlink_status(inside, unreadable);
      if (status.type() != fs::file_type::directory) {
        out_ += look_at(inside);
      } else if (!name.starts_with('.') && depth < kDeepest) {
        look(inside, depth + 1);
      }
    }
  }

 private:
  std::string except_;
  std::string& out_;
  size_t seen_ = 0;
};

}  // namespace

std::string look_at_inputs(const generation::Site& site) {
  const WatchList list = watch_list(site);
  std::string facts;
  for (const std::string& file : list.files) facts += look_at(file);
  for (const std::string& file : list.tables) facts += look_at(file);
  std::error_code code;
  const fs::path except = fs::weakly_canonical(list.except, code);
  TreeLook trees(code ? list.except : except.string(), facts);
  for (const std::string& tree : list.trees) {
    const fs::path real = fs::canonical(tree, code);
    if (code) {
      facts += fmt::format("{}\nmissing {}\n", tree, code.value());
    } else {
      trees.look(real.string(), 0);
    }
  }
  if (site.agent.publish == generation::AgentInput::Publish::kOnCommit) {
    const auto repository = find_repository(site);
    const auto commit =
        repository ? resolve_ref(*repository, site.agent.ref) : Result<RefCommit>(repository.error());
    facts += commit ? commit->id : commit.message();
  }
  return hash128(facts).hex();
}

std::optional<Served> look_at_data(const std::string& data_dir) {
  const auto data = generation::open_folder(data_dir);
  if (!data) return std::nullopt;
  const auto current = generation::read_current(*data);
  auto hold = generation::read_hold(*data);
  if (!current || !hold) return std::nullopt;
  return Served{*current, std::move(*hold)};
}

}  // namespace abm::tools
