#include "tools/starter.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/new_file.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

// nginx's workers and the agent read them, whatever the umask of whoever starts the site.
constexpr mode_t kFolderMode = 0755, kFileMode = 0644;

/// Never overwrites a file, not even one that appeared since we looked.
Result<void> write_new(const fs::path& path, std::string_view text) {
  const std::string parent = path.parent_path().string();
  if (auto made = make_folders(parent, kFolderMode); !made) return made;
  const Fd folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno_error(parent, errno);
  auto file = create_file_at(folder.get(), path.filename().string(), kFileMode, path.string());
  return file ? write_all(file->get(), text, path.string()) : Result<void>(file.error());
}

}  // namespace

std::string fill_in(std::string_view text, const Answers& answers) {
  std::string out;
  while (!text.empty()) {
    const size_t at = text.find('@');
    const size_t end = at == text.npos ? text.npos : text.find('@', at + 1);
    if (end == text.npos) break;
    const auto answer = answers.find(text.substr(at + 1, end - at - 1));
    if (answer == answers.end()) {
      out += text.substr(0, end);
      text.remove_prefix(end);
      continue;
    }
    out += text.substr(0, at);
    out += answer->second;
    text.remove_prefix(end + 1);
  }
  return out += text;
}

Result<void> write_starter(const std::string& folder, const Answers& answers,
                           std::span<const StarterFile> further) {
  std::vector<StarterFile> files(starter_files().begin(), starter_files().end());
  files.insert(files.end(), further.begin(), further.end());
  std::string there;
  std::error_code code;
  for (const StarterFile& file : files) {
    if (!fs::exists(fs::symlink_status(fs::path(folder) / file.path, code))) continue;
    there += there.empty() ? "" : ", ";
    there += file.path;
  }
  if (!there.empty()) {
    return Error{fmt::format("{}: {} exist{} already; nothing was written", folder, there,
                             there.find(',') == there.npos ? "s" : "")};
  }
  for (const StarterFile& file : files) {
    auto written = write_new(fs::path(folder) / file.path, fill_in(file.text, answers));
    if (!written) return written;
  }
  return {};
}

}  // namespace abm::tools
