#include "connect/sync/state_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <vector>

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
  auto state = make_folder_in(*data, kStateFolder, kStateMode);
  if (!state) return state.error();
  auto lock = generation::take_lock(*state, ".lock", "sync");
  if (!lock) return lock.error();
  return LockedState{std::move(*data), std::move(*state), std::move(*lock)};
}

Result<generation::Folder> make_folder_in(const generation::Folder& data, std::string_view name,
                                          mode_t mode) {
  const std::string folder(name);
  if (::mkdirat(data.fd.get(), folder.c_str(), mode) != 0 && errno != EEXIST)
    return errno_error(data.path_of(name), errno);
  return generation::open_folder_at(data, folder);
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
  auto folder = make_folder_in(*data, kStateFolder, kStateMode);
  if (!folder) return folder.error();
  return write_file_atomically(folder->path_of(name), text, kStateFileMode);
}

}  // namespace abm::connect
