// Artifacts → DATA/gen-NNNNNN/ → CURRENT: complete or not at all, whatever fails in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/build.h"
#include "generation/replacement.h"

namespace abm::generation {

struct PublishOptions {
  std::string data_dir;
  std::string sign_key;         ///< minisign secret key file, "" for none
  uint32_t keep = 10;           ///< generations that stay, the current one included; at least 1
  bool only_if_changed = true;  ///< equal parts to CURRENT's: nothing is published, the number stays
  ReplacementRules rules;       ///< what may take the current generation's place
  Progress progress;
};

struct Published {
  uint64_t number = 0;
  bool changed = true;
  std::vector<std::string> linked;    ///< part names that are hard links of the generation before
  std::vector<std::string> warnings;  ///< what went wrong after the generation was in use: clearing up, fsync
};

/// Takes the folder's lock (an advisory lock on DATA/.lock; held by another publisher: an error that says
/// who), writes to DATA/.tmp-…, fsyncs, verifies what was written by opening it, renames, flips CURRENT,
/// deletes old generations. Makes DATA (mode 0755) if there is none.
[[nodiscard]] Result<Published> publish(Artifacts artifacts, const PublishOptions& options);

/// Points CURRENT at an older generation (0: the one before the current) after verifying it.
[[nodiscard]] Result<uint64_t> rollback(const std::string& data_dir, uint64_t number = 0);

struct GenerationInfo {
  uint64_t number = 0;
  std::string created_at;
  uint64_t feed_version = 0;
  uint32_t format =
      0;  ///< of its manifest; below Manifest::kFormat: nothing serves it any more; 0: cannot be read
  bool current = false;
  bool complete =
      true;  ///< the manifest reads, and each file is there with its size; `rollback` checks hashes too
};
/// Ascending by number.
[[nodiscard]] Result<std::vector<GenerationInfo>> list_generations(const std::string& data_dir);

}  // namespace abm::generation
