#include "connect/sync/state_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <vector>

#include "base/new_file.h"
#include "connect/sync/incoming_file.h"
#include "generation/data_folder.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxStateBytes = 64u << 10;
constexpr mode_t kStateMode = 0755;
constexpr mode_t kStateFileMode = 0644;

}  // namespace

Result<LockedState> LockedState::open(const std::string& data_dir) {
  if (auto made = generation::make_folder(data_dir); !made) return made.error();
  auto data = generation::open_folder(data_dir);
  if (!data) return data.error();
  if (auto own = refuse_other_user(data->fd.get(), data->path); !own) return own.error();
  auto state = make_folder_in(*data, kStateFolder, kStateMode);
  if (!state) return state.error();
  auto lock = generation::take_lock(*state, ".lock", "sync");
  if (!lock) return lock.error();
  return LockedState{std::move(*data), std::move(*state), std::move(*lock)};
}

Result<generation::Folder> make_folder_in(const generation::Folder& data, std::string_view name,
                                          mode_t mode) {
  const std::string folder(name);
  if (auto made = make_folder_at(data.fd.get(), folder, mode, data.path_of(name)); !made) return made.error();
  auto opened = generation::open_folder_at(data, folder);
  struct stat info {};
  if (opened && ::fstat(opened->fd.get(), &info) == 0) {
    if (auto own = refuse_foreign(info.st_uid, opened->path); !own) return own.error();
  }
  return opened;
}

Result<void> remove_leftovers(const generation::Folder& folder) {
  std::error_code code;
  std::vector<std::string> leftovers;
  std::filesystem::directory_iterator entry(folder.path, code);
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    if (entry->path().filename().string().starts_with(kIncomingPrefix))
      leftovers.push_back(entry->path().string());
  }
  if (code) return errno_error(folder.path, code.value());
  for (const std::string& path : leftovers) {
    if (auto removed = generation::remove_tree(path); !removed) return removed;
  }
  return {};
}

Result<std::string> read_state(const std::string& data_dir, std::string_view name) {
  const std::string path = data_dir + "/" + std::string(kStateFolder);
  std::error_code code;
  if (!std::filesystem::exists(path + "/" + std::string(name), code)) return std::string();
  auto folder = generation::open_folder(path);
  if (!folder) return folder.error();
  return generation::read_file_in(*folder, name, kMaxStateBytes);
}

Result<void> write_state(const std::string& data_dir, std::string_view name, std::string_view text) {
  auto data = generation::open_folder(data_dir);
  if (!data) return data.error();
  if (auto own = refuse_other_user(data->fd.get(), data->path); !own) return own.error();
  auto folder = make_folder_in(*data, kStateFolder, kStateMode);
  if (!folder) return folder.error();
  return replace_file_at(folder->fd.get(), std::string(name), text, kStateFileMode, folder->path_of(name));
}

}  // namespace abm::connect
