// The files that `abmctl init` starts a site with: conf/starter/, built in, with the answers put in.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::tools {

struct StarterFile {
  std::string_view path;  ///< within the site's folder
  std::string_view text;  ///< with @NAME@ where an answer goes
};
/// All of conf/starter/, sorted by path.
[[nodiscard]] std::span<const StarterFile> starter_files() noexcept;

using Answers = std::map<std::string, std::string, std::less<>>;

/// `text` with every @NAME@ that `answers` knows replaced; others stay.
[[nodiscard]] std::string fill_in(std::string_view text, const Answers& answers);

/// Writes all files, and `further` ones, below `folder`, which is made if it is missing. If one of them
/// exists already, refuses and writes none.
[[nodiscard]] Result<void> write_starter(const std::string& folder, const Answers& answers,
                                         std::span<const StarterFile> further);

}  // namespace abm::tools
