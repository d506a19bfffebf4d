#include "base/new_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

namespace abm {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kOpenFile = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Result<struct stat> facts_of(int fd, std::string_view path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return errno_error(path, errno);
  return info;
}

/// Exactly this mode, and as root the folder's owner.
Result<void> settle(int folder, int fd, mode_t mode, std::string_view path) {
  if (auto given = give_to_owner_of(folder, fd, path); !given) return given;
  if (::fchmod(fd, mode) != 0) return errno_error(path, errno);
  return {};
}

/// What root left behind when it wrote without giving it away keeps the owner out.
Result<void> mend_owner(int folder, int fd, const struct stat& info, std::string_view path) {
  if (::geteuid() != 0 || info.st_uid != 0) return {};
  return give_to_owner_of(folder, fd, path);
}

struct SplitPath {
  std::string folder, name;
};
SplitPath split(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Result<Fd> open_parent(const std::string& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(folder, errno);
  return fd;
}

}  // namespace

std::string user_name(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> text(16384);
  if (::getpwuid_r(user, &entry, text.data(), text.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_name;
}

std::string user_text(uid_t user) {
  const std::string name = user_name(user);
  return name.empty() ? fmt::format("user {}", user) : fmt::format("user '{}'", name);
}

Result<void> refuse_other_user(int folder, std::string_view path) {
  auto info = facts_of(folder, path);
  if (!info) return info.error();
  const uid_t self = ::geteuid();
  if (self == 0 || self == info->st_uid) return {};
  const std::string name = user_name(info->st_uid);
  return Error{fmt::format("{}: belongs to {}, and this is {}: run it as that user (sudo -u {} …)", path,
                           user_text(info->st_uid), user_text(self),
                           name.empty() ? fmt::format("'#{}'", info->st_uid) : name)};
}

Result<void> refuse_foreign(uid_t owner, std::string_view path) {
  const uid_t self = ::geteuid();
  if (self == 0 || self == owner) return {};
  return Error{
      fmt::format("{}: belongs to {}, and this is {}: as root, give the data folder back to its owner "
                  "with chown -R",
                  path, user_text(owner), user_text(self))};
}

Result<void> give_to_owner_of(int folder, int fd, std::string_view path) {
  if (::geteuid() != 0) return {};
  auto owner = facts_of(folder, path);
  if (!owner) return owner.error();
  auto info = facts_of(fd, path);
  if (!info) return info.error();
  if (info->st_uid == owner->st_uid && info->st_gid == owner->st_gid) return {};
  if (::fchown(fd, owner->st_uid, owner->st_gid) == 0) return {};
  const std::string name = user_name(owner->st_uid);
  return Error{
      fmt::format("{}: root may not give it to {}, whose folder it is in: run it as that user (sudo -u {} …)",
                  path, user_text(owner->st_uid), name.empty() ? fmt::format("'#{}'", owner->st_uid) : name)};
}

Result<Fd> create_file_at(int folder, const std::string& name, mode_t mode, std::string_view path) {
  Fd fd(::openat(folder, name.c_str(), kOpenFile | O_RDWR | O_CREAT | O_EXCL, mode));
  if (!fd.valid()) return errno_error(path, errno);
  if (auto settled = settle(folder, fd.get(), mode, path); !settled) {
    ::unlinkat(folder, name.c_str(), 0);
    return settled.error();
  }
  return fd;
}

Result<Fd> open_or_create_at(int folder, const std::string& name, mode_t mode, std::string_view path) {
  Fd fd(::openat(folder, name.c_str(), kOpenFile | O_RDWR));
  if (!fd.valid() && errno == ENOENT) {
    auto created = create_file_at(folder, name, mode, path);
    if (created) return created;
    fd = Fd(::openat(folder, name.c_str(), kOpenFile | O_RDWR));  // somebody else was faster
    if (!fd.valid()) return created.error();
  }
  if (!fd.valid()) return errno_error(path, errno);
  auto info = facts_of(fd.get(), path);
  auto owner = facts_of(folder, path);
  if (!info || !owner) return info ? owner.error() : info.error();
  // Whoever owns the folder can put a link there to a file that only root may write.
  const bool foreign =
      ::geteuid() == 0 && info->st_uid != owner->st_uid && (info->st_uid != 0 || info->st_nlink != 1);
  if (!S_ISREG(info->st_mode) || foreign)
    return Error{fmt::format("{}: is not a file of {}: remove it", path, user_text(owner->st_uid))};
  if (auto mended = mend_owner(folder, fd.get(), *info, path); !mended) return mended.error();
  return fd;
}

Result<Fd> create_folder_at(int folder, const std::string& name, mode_t mode, std::string_view path) {
  if (::mkdirat(folder, name.c_str(), mode) != 0) return errno_error(path, errno);
  Fd fd(::openat(folder, name.c_str(), kOpenFolder));
  if (!fd.valid()) return errno_error(path, errno);
  auto info = facts_of(fd.get(), path);
  if (!info) return info.error();
  if (info->st_uid != ::geteuid()) return Error{fmt::format("{}: somebody replaced it", path)};
  if (auto settled = settle(folder, fd.get(), mode, path); !settled) {
    ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
    return settled.error();
  }
  return fd;
}

Result<void> make_folder_at(int folder, const std::string& name, mode_t mode, std::string_view path) {
  auto created = create_folder_at(folder, name, mode, path);
  if (created) return {};
  const Fd fd(::openat(folder, name.c_str(), kOpenFolder));
  if (!fd.valid()) return created.error();
  auto info = facts_of(fd.get(), path);
  return info ? mend_owner(folder, fd.get(), *info, path) : info.error();
}

Result<void> make_folders(const std::string& path, mode_t mode) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    return S_ISDIR(info.st_mode) ? Result<void>() : Result<void>(errno_error(path, ENOTDIR));
  }
  if (errno != ENOENT) return errno_error(path, errno);
  const SplitPath at = split(path);
  if (auto made = make_folders(at.folder, mode); !made) return made;
  const Fd above(::open(at.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!above.valid()) return errno_error(at.folder, errno);
  auto made = create_folder_at(above.get(), at.name, mode, path);
  if (made || ::stat(path.c_str(), &info) == 0) return {};
  return made.error();
}

Result<void> replace_file_at(int folder, const std::string& name, std::string_view bytes, mode_t mode,
                             std::string_view path) {
  const std::string temporary = fmt::format("{}.tmp-{}", name, ::getpid());
  ::unlinkat(folder, temporary.c_str(), 0);  // left by a process that had this pid before
  auto file = create_file_at(folder, temporary, mode, path);
  if (!file) return file.error();
  const auto write = [&]() -> Result<void> {
    if (auto written = write_all(file->get(), bytes, path); !written) return written;
    if (::fsync(file->get()) != 0 || ::renameat(folder, temporary.c_str(), folder, name.c_str()) != 0)
      return errno_error(path, errno);
    return {};
  };
  if (auto written = write(); !written) {
    ::unlinkat(folder, temporary.c_str(), 0);
    return written;
  }
  if (::fsync(folder) != 0) return errno_error(path, errno);
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const SplitPath at = split(path);
  auto folder = open_parent(at.folder);
  if (!folder) return folder.error();
  return replace_file_at(folder->get(), at.name, bytes, mode, path);
}

}  // namespace abm
