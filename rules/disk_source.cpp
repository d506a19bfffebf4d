// FileSource over the disk: rules files by path, fragments only from beneath their folder.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/file.h"
#include "rules/load.h"

namespace abm::rules {
namespace {

namespace fs = std::filesystem;

/// Deeper folders than any fragment tree has; also ends a loop that a mount could make.
constexpr int kMaxFolderDepth = 32;

bool is_beneath(const fs::path& path, const fs::path& folder) {
  const auto stop = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first;
  return stop == folder.end();
}

class DiskSource final : public FileSource {
 public:
  Result<std::string> read(const std::string& path, size_t limit) override { return read_file(path, limit); }

  Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                   size_t limit) override {
    std::error_code fault;
    const fs::path root = fs::canonical(folder, fault);
    if (fault) return Error{fmt::format("{}: {}", folder, fault.message())};
    const fs::path real = fs::canonical(root / path, fault);
    if (fault == std::errc::no_such_file_or_directory) return Error{"no such file"};
    if (fault) return Error{fault.message()};
    if (!is_beneath(real, root)) return Error{fmt::format("a symlink leads out of {}", folder)};
    auto bytes = read_file(real.string(), limit);
    if (bytes) return bytes;
    // The caller names the file as its author wrote it, not where it was found.
    const std::string prefix = real.string() + ": ";
    const std::string& message = bytes.message();
    return Error{message.starts_with(prefix) ? message.substr(prefix.size()) : message};
  }

  Result<std::vector<std::string>> list(const std::string& folder, size_t limit) override {
    std::error_code fault;
    const fs::path root = fs::canonical(folder, fault);
    if (fault) return Error{fmt::format("{}: {}", folder, fault.message())};
    std::vector<std::string> names;
    fs::recursive_directory_iterator entry(root, fs::directory_options::skip_permission_denied, fault);
    for (; !fault && entry != fs::recursive_directory_iterator(); entry.increment(fault)) {
      std::error_code unreadable;
      if (entry.depth() >= kMaxFolderDepth) entry.disable_recursion_pending();
      if (!entry->is_regular_file(unreadable)) continue;
      if (entry->is_symlink(unreadable)) {
        const fs::path real = fs::canonical(entry->path(), unreadable);
        if (unreadable || !is_beneath(real, root)) continue;
      }
      if (names.size() == limit) return Error{fmt::format("{}: more than {} files", folder, limit)};
      names.push_back(entry->path().lexically_relative(root).generic_string());
    }
    if (fault) return Error{fmt::format("{}: {}", folder, fault.message())};
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace

Result<std::string> FileSource::read_beneath(const std::string& folder, const std::string& path,
                                             size_t limit) {
  return read(folder == "." ? path : fmt::format("{}/{}", folder, path), limit);
}

FileSource& disk_source() noexcept {
  static DiskSource source;
  return source;
}

}  // namespace abm::rules
