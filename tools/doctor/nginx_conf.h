// What `nginx -T` prints, read as nginx reads it: files, then directives and blocks, includes in their place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::tools::doctor {

struct Directive {
  std::vector<std::string> words;  ///< name and arguments, unquoted
  std::vector<Directive> block;
  std::string file;  ///< as nginx names it
  uint32_t line = 0;

  [[nodiscard]] const std::string& name() const noexcept { return words.front(); }
  [[nodiscard]] std::string place() const { return file + ":" + std::to_string(line); }
};

/// The main file's directives with all includes put in, in the order in which nginx reads them.
[[nodiscard]] Result<std::vector<Directive>> parse_dump(std::string_view dump);

}  // namespace abm::tools::doctor
