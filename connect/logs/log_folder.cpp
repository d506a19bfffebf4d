#include "connect/logs/log_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::connect {
namespace {

namespace fs = std::filesystem;

bool is_compressed(std::string_view name) {
  constexpr std::array<std::string_view, 6> kCompressed = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z"};
  return std::any_of(kCompressed.begin(), kCompressed.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_rotated_name(std::string_view name, std::string_view log, std::string_view state) {
  if (name.size() <= log.size() || !name.starts_with(log)) return false;
  if (!state.empty() && name.starts_with(state)) return false;
  return name[log.size()] == '.' || name[log.size()] == '-';
}

// std::nullopt if it has just gone, or is not a regular file.
std::optional<Entry> entry_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  Entry entry;
  entry.name = path.filename();
  entry.device = status.st_dev;
  entry.inode = status.st_ino;
  entry.size = static_cast<uint64_t>(status.st_size);
  entry.changed_ns = changed_ns(status);
  return entry;
}

}  // namespace

int64_t changed_ns(const struct stat& status) noexcept {
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Result<std::vector<Entry>> list_logs(const std::string& log, const std::string& state, bool& listed) {
  const fs::path path(log);
  const std::string log_name = path.filename();
  const std::string state_name = fs::path(state).filename();
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<Entry> found;
  const auto add = [&](const std::string& name, bool live) {
    auto entry = entry_of(folder / name);
    if (!entry) return;
    entry->live = live;
    entry->compressed = !live && is_compressed(name);
    found.push_back(*std::move(entry));
  };
  struct stat status {};
  if (::stat(log.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Error{fmt::format("{}: not a regular file, it cannot be followed", log)};
  }
  std::error_code fault;
  fs::directory_iterator entries(folder, fault);
  listed = fault != std::errc::permission_denied;
  if (!listed) {
    add(log_name, true);
    return found;
  }
  for (; !fault && entries != fs::directory_iterator(); entries.increment(fault)) {
    const std::string name = entries->path().filename();
    const bool live = name == log_name;
    if (live || is_rotated_name(name, log_name, state_name)) add(name, live);
  }
  if (fault) return Error{fmt::format("{}: {}", folder.native(), fault.message())};
  return found;
}

}  // namespace abm::connect
