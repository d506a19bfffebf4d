// Rules and fragments in memory: a FileSource for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "rules/load.h"

namespace abm::rules {

class MemoryFiles final : public FileSource {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  Result<std::string> read(const std::string& path, size_t limit) override {
    const auto file = files_.find(path);
    if (file == files_.end()) return Error{"no such file"};
    if (file->second.size() > limit) return Error{"too large"};
    return file->second;
  }
  Result<std::vector<std::string>> list(const std::string& folder, size_t) override {
    std::vector<std::string> names;
    const std::string prefix = folder == "." ? "" : folder + "/";
    for (const auto& [name, bytes] : files_) {
      if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
    }
    return names;
  }

 private:
  std::map<std::string, std::string> files_;
};

/// The result of loading, with the findings as text.
struct Loaded {
  std::optional<Ruleset> ruleset;
  Diagnostics diagnostics;

  [[nodiscard]] std::string text() const { return diagnostics.format(); }
};

/// Loads the files whose names end in .yaml; the others are fragments.
inline Loaded load_files(std::map<std::string, std::string> files, const LoadOptions& options = {}) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) {
    if (name.ends_with(".yaml")) names.push_back(name);
  }
  MemoryFiles source(std::move(files));
  Loaded loaded;
  loaded.ruleset = load_rules(std::move(names), source, options, loaded.diagnostics);
  return loaded;
}

/// One file, "a.yaml", that begins with the header line.
inline Loaded load_text(const std::string& body, const LoadOptions& options = {}) {
  return load_files({{"a.yaml", "abm: rules/1\n" + body}}, options);
}

}  // namespace abm::rules
