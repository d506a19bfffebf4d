#include "tools/folder_access.h"

#include <filesystem>

namespace abm::tools {

std::string closed_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code code;
  for (fs::path at = fs::absolute(folder, code); at.has_relative_path(); at = at.parent_path()) {
    const fs::perms rights = fs::status(at, code).permissions();
    if (!code && (rights & fs::perms::others_exec) == fs::perms::none) return at.string();
  }
  return {};
}

}  // namespace abm::tools
