#include "tools/starter.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::tools {
namespace {

namespace fs = std::filesystem;

/// Never overwrites a file, not even one that appeared since we looked.
Result<void> write_new(const fs::path& path, std::string_view text) {
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  if (code) return errno_error(path.parent_path().string(), code.value());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.valid()) return errno_error(path.string(), errno);
  return write_all(file.get(), text, path.string());
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
