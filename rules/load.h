// Rules files → Ruleset: all errors of all files at once, nothing half-accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/snapshot.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "rules/ast.h"

namespace abm::rules {

/// Where rules and fragments come from: the disk for tools, memory for tests and fuzzing.
class FileSource {
 public:
  virtual ~FileSource() = default;
  /// Whole file, or an error text.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path, size_t limit) = 0;
  /// A fragment: `path` (checked: relative, no "..") below `folder`, refused where a symlink stands on the way.
  /// A source without symlinks reads `folder/path`, or `path` for the folder ".".
  [[nodiscard]] virtual Result<std::string> read_beneath(const std::string& folder, const std::string& path,
                                                         size_t limit);
  /// Regular files below `folder` (recursive, at most `limit`), paths relative to it, sorted; symlinks
  /// to files are named, which read_beneath() then refuses.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder, size_t limit) = 0;
};
/// Reads below the process's working directory or absolute paths; fragments are opened beneath their rules
/// file's folder only (no "..", no absolute path, no symlink, no NUL).
[[nodiscard]] FileSource& disk_source() noexcept;

/// What the feed knows, to warn of values that no account has. All vectors sorted, lower case.
struct Vocabulary {
  std::vector<std::string> accounts, segments, industries, countries, regions, stages, plays, owners,
      attribute_names;
};

struct LoadOptions {
  const Vocabulary* vocabulary = nullptr;  ///< none: no such warnings; vocabulary.h gathers one
  const accounts::Snapshot* accounts = nullptr;  ///< the feed, to find rules that no account can match
  int64_t now = 0;                         ///< Unix seconds, for expired schedules
  size_t max_rules = 100'000;
  size_t max_slots = 1024;
  size_t max_fragment_bytes = 1u << 20;
  size_t max_fragments = 20'000;
};

/// Loads, checks and lints `files` (sorted by name first). std::nullopt when `diagnostics` got an error.
[[nodiscard]] std::optional<Ruleset> load_rules(std::vector<std::string> files, FileSource& source,
                                                const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace abm::rules
