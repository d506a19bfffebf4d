#include "generation/site_files.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "generation/file_pattern.h"
#include "generation/replacement.h"

namespace abm::generation {
namespace {

/// False if something could not be looked at.
bool tell_faults(const Site& site, const FilePattern& pattern, const PatternFiles& found,
                 std::string_view what, Diagnostics& diagnostics) {
  for (const Error& fault : found.faults) {
    diagnostics.error(site.file, pattern.at,
                      fmt::format("{} pattern '{}': {}", what, pattern.text, fault.message));
  }
  return found.faults.empty();
}

void sort_unique(std::vector<std::string>& files) {
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
}

}  // namespace

RulesFiles rules_files(const Site& site, Diagnostics& diagnostics, const NamedCounts* before) {
  RulesFiles rules;
  for (const FilePattern& pattern : site.rules) {
    const PatternFiles found = files_of_pattern(site.folder, pattern.text);
    for (const std::string& file : found.files) {
      const std::string relative =
          std::filesystem::path(file).lexically_relative(site.folder).generic_string();
      rules.files.push_back(relative.starts_with("..") ? file : relative);
    }
    rules.patterns.emplace_back(pattern.text, found.files.size());
    if (!tell_faults(site, pattern, found, "rules", diagnostics) || !found.files.empty()) continue;
    const std::string message = fmt::format("rules pattern '{}' names no file", pattern.text);
    const uint64_t matched = before != nullptr ? count_of(*before, pattern.text).value_or(0) : 0;
    if (matched != 0) {
      diagnostics.error(
          site.file, pattern.at,
          fmt::format("{}, and named {} in the generation that serves: put {} back, or correct the "
                      "pattern{}",
                      message, matched == 1 ? "1 file" : fmt::format("{} files", matched),
                      matched == 1 ? "it" : "them", kAllowShrink));
    } else if (has_wildcards(pattern.text)) {
      diagnostics.warning(site.file, pattern.at, {}, message);
    } else {
      diagnostics.error(site.file, pattern.at, message);
    }
  }
  sort_unique(rules.files);
  return rules;
}

std::vector<std::string> tests_files(const Site& site, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  const bool named = site.tests.has_value();
  const std::vector<FilePattern> by_default = {{std::string(kDefaultTests), {}}};
  for (const FilePattern& pattern : named ? *site.tests : by_default) {
    const PatternFiles found = files_of_pattern(site.folder, pattern.text);
    files.insert(files.end(), found.files.begin(), found.files.end());
    if (!tell_faults(site, pattern, found, "tests", diagnostics) || !found.files.empty() || !named) continue;
    diagnostics.error(site.file, pattern.at, fmt::format("tests pattern '{}' names no file", pattern.text));
  }
  sort_unique(files);
  return files;
}

}  // namespace abm::generation
