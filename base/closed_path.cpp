#include "base/closed_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace abm {
namespace {

bool refused(const std::string& path, int right) {
  return ::faccessat(AT_FDCWD, path.c_str(), right, AT_EACCESS) != 0 && errno == EACCES;
}

std::string closed_text(const std::string& path, std::string_view may_not) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return fmt::format("uid {} may not {} {}", ::geteuid(), may_not, path);
  return fmt::format("uid {} may not {} {} (mode {:04o}, owner uid {})", ::geteuid(), may_not, path,
                     info.st_mode & 07777, info.st_uid);
}

}  // namespace

std::string why_closed(const std::string& path) {
  std::error_code code;
  const std::string full = std::filesystem::absolute(path, code).lexically_normal().string();
  if (code) return {};
  for (size_t slash = 0; slash != full.npos; slash = full.find('/', slash + 1)) {
    const std::string folder = slash == 0 ? "/" : full.substr(0, slash);
    if (refused(folder, X_OK)) return closed_text(folder, "enter");
  }
  struct stat info {};
  if (::stat(full.c_str(), &info) != 0) return {};
  if (S_ISDIR(info.st_mode) && refused(full, X_OK)) return closed_text(full, "enter");
  return refused(full, R_OK) ? closed_text(full, "read") : std::string();
}

}  // namespace abm
