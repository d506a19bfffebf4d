#include "generation/missed_files.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::generation {
namespace {

namespace fs = std::filesystem;

constexpr auto kEndings = std::to_array<std::string_view>({".yaml", ".yml"});
constexpr auto kAnyCase = std::to_array<std::string_view>({".[Yy][Aa][Mm][Ll]", ".[Yy][Mm][Ll]"});

/// Regular files, as site.rules names them: relative to the site's folder, absolute if outside.
std::vector<std::string> files_named_like(const std::string& folder, const std::string& pattern) {
  std::string full = pattern;
  if (!pattern.starts_with('/')) {
    full.clear();
    for (const char c : folder) {
      if (std::string_view("*?[]\\").find(c) != std::string_view::npos) full += '\\';
      full += c;
    }
    full += '/' + pattern;
  }
  std::vector<std::string> files;
  glob_t found{};
  const int status = ::glob(full.c_str(), 0, nullptr, &found);
  for (size_t i = 0; status == 0 && i < found.gl_pathc; ++i) {
    const fs::path path = fs::path(found.gl_pathv[i]).lexically_normal();
    std::error_code code;
    if (!fs::is_regular_file(path, code)) continue;
    const std::string relative = path.lexically_relative(folder).generic_string();
    files.push_back(relative.starts_with("..") ? path.string() : relative);
  }
  ::globfree(&found);
  return files;
}

}  // namespace

void warn_of_missed_files(const Site& site, const std::vector<std::string>& files, Diagnostics& diagnostics) {
  std::set<std::string> seen(files.begin(), files.end());
  seen.insert(fs::path(site.file).filename().string());
  for (const auto& pattern : site.rules) {
    const std::string lower = ascii_lower(pattern.text);
    const auto ending = std::find_if(kEndings.begin(), kEndings.end(),
                                     [&](std::string_view end) { return lower.ends_with(end); });
    if (ending == kEndings.end()) continue;
    const std::string stem = pattern.text.substr(0, pattern.text.size() - ending->size());
    for (const std::string_view other : kAnyCase) {
      for (const std::string& file : files_named_like(site.folder, fmt::format("{}{}", stem, other))) {
        if (!seen.insert(file).second) continue;
        diagnostics.warning(
            site.file, pattern.at, {},
            fmt::format("{} is not read: '{}' names files that end in {}; rename it, or add '{}{}' to rules",
                        file, pattern.text, pattern.text.substr(stem.size()), stem,
                        fs::path(file).extension().string()));
      }
    }
  }
}

}  // namespace abm::generation
