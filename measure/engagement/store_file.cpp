#include "measure/engagement/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"

namespace abm::measure {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDamagedFiles = 1000;
constexpr mode_t kOwnerOnly = 0600;

/// As root, for a file of root in somebody else's folder.
Result<void> give_to_folder_owner(int folder, const std::string& name, const std::string& path) {
  // Closing any other descriptor of the file would end SQLite's locks on it in this process.
  const Fd fd(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return errno == ENOENT ? Result<void>() : errno_error(path, errno);
  struct stat info {
  }, owner{};
  if (::fstat(fd.get(), &info) != 0 || ::fstat(folder, &owner) != 0) return errno_error(path, errno);
  if (S_ISREG(info.st_mode) && info.st_uid == owner.st_uid) return {};
  // Whoever owns the folder can put a link there to a file that only root may write.
  if (info.st_uid != 0 || info.st_nlink != 1 || !S_ISREG(info.st_mode))
    return Error{fmt::format("{}: is not a file of {}: remove it", path, user_text(owner.st_uid))};
  if (::fchownat(fd.get(), "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH) == 0) return {};
  return Error{fmt::format("{}: root may not give it to {}, whose folder it is in: {}", path,
                           user_text(owner.st_uid), errno_error("chown", errno).message)};
}

/// As another user than root.
Result<void> refuse_closed(int folder, const std::string& name, const std::string& path) {
  struct stat info {};
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (::faccessat(folder, name.c_str(), R_OK | W_OK, AT_EACCESS) == 0 || errno != EACCES) return {};
  if (auto foreign = refuse_foreign(info.st_uid, path); !foreign) return foreign;
  return Error{fmt::format("{}: may not be read and written: chmod u+rw it", path)};
}

}  // namespace

Result<void> ready_store_file(const std::string& path) {
  const fs::path at(path);
  const std::string folder_path = at.has_parent_path() ? at.parent_path().string() : ".";
  const Fd folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno_error(folder_path, errno);
  const std::string name = at.filename().string();
  if (const auto made = create_file_at(folder.get(), name, kOwnerOnly, path); made) return {};
  // It is there, or cannot be made: then SQLite says why.
  for (const std::string_view suffix : {"", "-wal", "-shm"}) {
    const std::string file = fmt::format("{}{}", name, suffix), shown = fmt::format("{}{}", path, suffix);
    auto usable = ::geteuid() == 0 ? give_to_folder_owner(folder.get(), file, shown)
                                   : refuse_closed(folder.get(), file, shown);
    if (!usable) return usable;
  }
  return {};
}

Result<std::string> set_store_file_aside(const std::string& path) {
  std::error_code code;
  for (int i = 1; i <= kMostDamagedFiles; ++i) {
    const std::string to = fmt::format("{}.damaged-{}", path, i);
    if (fs::exists(to, code)) continue;
    for (const std::string_view suffix : {"-wal", "-shm", ""}) {
      const std::string from = fmt::format("{}{}", path, suffix);
      if (!fs::exists(from, code)) continue;
      fs::rename(from, fmt::format("{}{}", to, suffix), code);
      if (code)
        return Error{fmt::format("{}: it is damaged, and cannot be set aside: {}", from, code.message())};
    }
    return to;
  }
  return Error{fmt::format("{}: it is damaged, and there are {} damaged ones already: remove them", path,
                           kMostDamagedFiles)};
}

}  // namespace abm::measure
