#include "generation/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/new_file.h"
#include "base/timestamp.h"
#include "generation/hold.h"

namespace abm::generation {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".lock";
constexpr std::string_view kTemporaryPrefix = ".tmp-";
constexpr std::string_view kCurrentLeftover = "CURRENT.tmp-";
constexpr std::string_view kHoldLeftover = "HOLD.json.tmp-";
constexpr mode_t kFileMode = 0644;  // of the lock and CURRENT
constexpr size_t kLockNoteBytes = 256;

Result<std::vector<std::string>> names_in(const std::string& path) {
  std::error_code code;
  std::vector<std::string> names;
  fs::directory_iterator at(path, code);
  for (; !code && at != fs::directory_iterator(); at.increment(code))
    names.push_back(at->path().filename().string());
  if (code) return errno_error(path, code.value());
  return names;
}

}  // namespace

Result<void> make_folder(const std::string& path) {
  return make_folders(path, kFolderMode);
}

Result<Fd> take_lock(const Folder& folder, std::string_view name, std::string_view who) {
  const std::string path = folder.path_of(name);
  auto file = open_or_create_at(folder.fd.get(), std::string(name), kFileMode, path);
  // One that another user made can still be locked; it only does not say who holds it.
  Fd fd = file ? std::move(*file)
               : Fd(::openat(folder.fd.get(), std::string(name).c_str(),
                             O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return file.error();
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno_error(path, errno);
    const auto holder = read_all(fd.get(), path, kLockNoteBytes);
    return Error{fmt::format("{}: another {} is at work ({}); run it again when that one is done", path, who,
                             holder && !holder->empty() ? *holder : "it does not say who")};
  }
  // The note is only for people; a full disk must not stop a publish because of it.
  const std::string note = fmt::format("process {} since {}", ::getpid(), format_rfc3339(::time(nullptr)));
  if (file && ::ftruncate(fd.get(), 0) == 0) (void)write_all(fd.get(), note, path);
  return fd;
}

Result<void> remove_tree(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return errno_error(path, code.value());
  return {};
}

Result<LockedFolder> LockedFolder::open(const std::string& data_dir, bool create) {
  if (create) {
    if (auto made = make_folder(data_dir); !made) return made.error();
  }
  auto folder = open_folder(data_dir);
  if (!folder) return folder.error();
  if (auto own = refuse_other_user(folder->fd.get(), folder->path); !own) return own.error();
  auto lock = take_lock(*folder, kLockName, "publisher");
  if (!lock) return lock.error();
  auto names = names_in(folder->path);
  if (!names) return names.error();
  LockedFolder locked;
  for (const std::string& name : *names) {
    if (!name.starts_with(kTemporaryPrefix) && !name.starts_with(kCurrentLeftover) &&
        !name.starts_with(kHoldLeftover))
      continue;
    if (auto removed = remove_tree(folder->path_of(name)); !removed)
      locked.warnings_.push_back(fmt::format("a leftover stays: {}", removed.message()));
  }
  locked.folder_ = std::move(*folder);
  locked.lock_ = std::move(*lock);
  return locked;
}

std::string LockedFolder::temporary_name(std::string_view what) const {
  std::string name = fmt::format("{}{}-{}", kTemporaryPrefix, what, ::getpid());
  // A leftover of the same name may have stayed: in a container, every publisher is process 1.
  while (::faccessat(folder_.fd.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) name += '+';
  return name;
}

Result<void> LockedFolder::sync() const {
  if (::fsync(folder_.fd.get()) != 0) return errno_error(folder_.path, errno);
  return {};
}

Result<void> LockedFolder::point_current_at(uint64_t number) const {
  return replace_file_at(folder_.fd.get(), std::string(kCurrentName), generation_name(number) + "\n",
                         kFileMode, folder_.path_of(kCurrentName));
}

Result<void> LockedFolder::remove_generation(uint64_t number) const {
  const std::string name = generation_name(number);
  // Whoever owns the folder can rename it, but not empty another user's: better whole than half.
  struct stat info {};
  if (::fstatat(folder_.fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return errno_error(folder_.path_of(name), errno);
  if (auto own = refuse_foreign(info.st_uid, folder_.path_of(name)); !own) return own;
  const std::string hidden = temporary_name(name);
  if (::renameat(folder_.fd.get(), name.c_str(), folder_.fd.get(), hidden.c_str()) != 0) {
    return errno_error(folder_.path_of(name), errno);
  }
  return remove_tree(folder_.path_of(hidden));
}

Result<std::string> LockedFolder::put_in_place(const std::string& temporary, uint64_t number) const {
  const std::string name = generation_name(number);
  if (::renameat(folder_.fd.get(), temporary.c_str(), folder_.fd.get(), name.c_str()) != 0) {
    return errno_error(folder_.path_of(name), errno);
  }
  auto pointed = sync();
  if (pointed) pointed = point_current_at(number);
  if (pointed) return std::string();
  const auto now_current = read_current(folder_);
  if (now_current && *now_current == number) {
    return fmt::format("{}; generation {} is in use, but a power cut now might undo it", pointed.message(),
                       number);
  }
  // Delete it only if CURRENT certainly does not name it.
  if (now_current) (void)remove_generation(number);
  return pointed.error();
}

std::vector<std::string> LockedFolder::remove_old_generations(const Retention& keep) const {
  std::vector<std::string> warnings;
  const auto numbers = generation_numbers(folder_);
  const auto current = read_current(folder_);
  if (!numbers || !current) {
    warnings.push_back(
        fmt::format("old generations stay: {}", numbers ? current.message() : numbers.message()));
    return warnings;
  }
  const auto hold = read_hold(folder_);
  if (!hold) {
    warnings.push_back(fmt::format("old generations stay: {}", hold.message()));
    return warnings;
  }
  if (numbers->size() <= std::max<size_t>(keep.count, 1)) return warnings;
  const uint64_t held = hold->has_value() ? (*hold)->generation : 0;
  const Forgetting forgetting =
      choose_forgotten(stored_generations(folder_, *numbers), *current, held, keep, ::time(nullptr));
  for (const uint64_t number : forgetting.numbers) {
    if (auto removed = remove_generation(number); !removed)
      warnings.push_back(fmt::format("an old generation stays: {}", removed.message()));
  }
  if (forgetting.early != 0) {
    warnings.push_back(fmt::format("{} generation{} went before {} days were over, since {} is reached",
                                   forgetting.early, forgetting.early == 1 ? "" : "s", keep.days,
                                   forgetting.limit));
  }
  return warnings;
}

std::vector<StoredGeneration> stored_generations(const Folder& data, const std::vector<uint64_t>& numbers) {
  constexpr uint64_t kBlock = 512;  // of st_blocks, whatever the file system's own are
  std::vector<StoredGeneration> stored;
  for (const uint64_t number : numbers) {
    StoredGeneration& one = stored.emplace_back();
    one.number = number;
    const auto folder = open_folder_at(data, generation_name(number));
    if (!folder) continue;
    struct stat info {};
    if (::fstat(folder->fd.get(), &info) == 0)
      one.files.push_back({info.st_ino, static_cast<uint64_t>(info.st_blocks) * kBlock});
    for (const std::string_view name :
         {kPartNames[0], kPartNames[1], kPartNames[2], kManifestName, kSignatureName}) {
      if (::fstatat(folder->fd.get(), name.data(), &info, AT_SYMLINK_NOFOLLOW) == 0)
        one.files.push_back({info.st_ino, static_cast<uint64_t>(info.st_blocks) * kBlock});
    }
    const auto facts = read_manifest_facts_in(*folder, number);
    if (!facts) continue;
    one.created_at = parse_rfc3339(facts->created_at).value_or(0);
    one.replaces = facts->replaces;
  }
  return stored;
}

Result<std::vector<uint64_t>> generation_numbers(const Folder& data) {
  auto names = names_in(data.path);
  if (!names) return names.error();
  std::vector<uint64_t> numbers;
  for (const std::string& name : *names) {
    if (auto number = parse_generation_name(name); number) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace abm::generation
