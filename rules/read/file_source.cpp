#include "rules/read/file_source.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/beneath.h"
#include "base/file.h"
#include "base/text.h"

namespace abm::rules {
namespace {

namespace fs = std::filesystem;

/// Deeper than any real fragment tree; also stops a loop made by a mount.
constexpr int kMaxFolderDepth = 32;

class DiskSource final : public FileSource {
 public:
  Result<std::string> read(const std::string& path, size_t limit) override { return read_file(path, limit); }

  Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                   size_t limit) override {
    const auto root = open_folder(folder);
    if (!root) return root.error();
    const auto file = open_beneath(root->get(), path);
    if (!file) return file.error();
    auto bytes = read_all(file->get(), path, limit);
    if (bytes) return bytes;
    // The caller adds the file's name.
    const std::string prefix = path + ": ";
    const std::string& message = bytes.message();
    return Error{message.starts_with(prefix) ? message.substr(prefix.size()) : message};
  }

  Result<std::vector<std::string>> list(const std::string& folder, size_t limit) override {
    std::error_code fault;
    std::vector<std::string> names;
    // What may not be read is a fault: fragments in it would be missing without a word.
    std::string last = folder;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::none, fault);
    if (fault == std::errc::no_such_file_or_directory) return names;
    for (; !fault && entry != fs::recursive_directory_iterator(); entry.increment(fault)) {
      last = entry->path().string();
      std::error_code unreadable;
      if (entry.depth() >= kMaxFolderDepth && entry->is_directory(unreadable))
        return Error{fmt::format("{}: more than {} folders deep", last, kMaxFolderDepth)};
      // Symlinks to files are listed too: reading one is refused by name, while omitting it would hide it.
      const bool file = entry->is_regular_file(unreadable);
      if (unreadable == std::errc::permission_denied)
        return Error{fmt::format("{}: {}", last, ascii_lower(unreadable.message()))};
      if (!file) continue;
      if (names.size() == limit) return Error{fmt::format("{}: more than {} files", folder, limit)};
      names.push_back(entry->path().lexically_relative(folder).generic_string());
    }
    if (fault) return Error{fmt::format("{}: {}", last, ascii_lower(fault.message()))};
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
