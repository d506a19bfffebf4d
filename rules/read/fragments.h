// Fragment files: which ones an `html_file` can name; each read once from beneath its rules file's folder.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/file_source.h"
#include "rules/read/load_options.h"
#include "rules/read/markup_findings.h"

namespace abm::rules {

/// Why `path` cannot name a fragment: absolute, "..", ".", "//", backslash, "%", control character, empty. ""
/// if it can. Completes "html_file 'PATH' …".
[[nodiscard]] std::string fragment_path_fault(std::string_view path);

/// Whether `pattern` can yield `path`; each placeholder stands for one or more
/// letters and digits of any script, '.', '_', '-'.
[[nodiscard]] bool fits_pattern(std::string_view path, const rewrite::Template& pattern) noexcept;

/// One fragment as the linter sees it.
struct LoadedFragment {
  std::string file;  ///< as diagnostics name it
  std::string bytes;
  std::shared_ptr<const rewrite::Template> content;  ///< null if it was refused
  std::vector<MarkupFinding> findings;
};

class FragmentStore {
 public:
  FragmentStore(FileSource& source, const LoadOptions& options) : source_(source), options_(options) {}

  /// All fragments that `pattern` (TemplateKind::kPath, read from `node`) can name, sorted by path, however
  /// their names are composed (a warning if that matters; an error if two differ in nothing else). Errors in
  /// the fragments themselves are reported once, at their place in the fragment. std::nullopt after an error.
  [[nodiscard]] std::optional<std::vector<Fragment>> resolve(Checker& check, const yaml::Node& node,
                                                             const rewrite::Template& pattern);
  /// What resolve() read for a rules file in `folder`; nullptr if nothing.
  [[nodiscard]] const LoadedFragment* find(std::string_view folder, std::string_view path) const;

 private:
  const LoadedFragment* load(Checker& check, const yaml::Node& node, const std::string& path);
  const std::vector<std::string>* list(Checker& check, const yaml::Node& node,
                                       const rewrite::Template& pattern);
  bool find_files(Checker& check, const yaml::Node& node, const rewrite::Template& pattern,
                  std::vector<std::string>& paths);

  FileSource& source_;
  const LoadOptions& options_;
  std::map<std::string, LoadedFragment, std::less<>> loaded_;              ///< by folder + "/" + path
  std::map<std::string, std::vector<std::string>, std::less<>> listings_;  ///< by folder
};

}  // namespace abm::rules
