// Artifacts → DATA/gen-NNNNNN/ → CURRENT: completely or not at all, whatever fails in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/build.h"
#include "generation/hold.h"
#include "generation/replacement.h"
#include "generation/retention.h"
#include "generation/site_outcomes.h"

namespace abm::generation {

struct PublishOptions {
  std::string data_dir;
  std::string sign_key;         ///< minisign secret key file, "" for none
  Retention keep;               ///< which generations stay
  bool only_if_changed = true;  ///< if all parts equal CURRENT's, nothing is published and the number stays
  ReplacementRules rules;       ///< what may replace the current generation
  uint64_t rules_from = 0;      ///< the generation whose rules the artifacts have; 0: their own
  NamedTexts made;              ///< who publishes, of what, and what was checked
  std::optional<PrimaryGoal> primary;  ///< as declared; another one is published even if no part changed
  /// What held when the artifacts were built: a rollback or a resumption meanwhile refuses them.
  std::optional<Hold> hold;
  bool end_hold = false;  ///< ends any hold, once the new generation is complete
  /// The generation that served when the artifacts were built, where they have its rules: another one since
  /// then refuses them, because they would undo it.
  std::optional<uint64_t> current;
  Progress progress;
};

struct Published {
  uint64_t number = 0;
  bool changed = true;
  std::vector<std::string> linked;    ///< names of parts that are hard links to the previous generation's
  std::vector<std::string> warnings;  ///< what went wrong once the generation was in use: clean-up, fsync
};

/// Takes the folder's lock (an advisory lock on DATA/.lock; if another publisher holds it, the error says
/// who), writes to DATA/.tmp-…, fsyncs, verifies the result by opening it, renames, flips CURRENT, deletes
/// old generations. Makes DATA (mode 0755) if it does not exist.
[[nodiscard]] Result<Published> publish(Artifacts artifacts, const PublishOptions& options);

/// Points CURRENT at another generation after verifying it, and holds its rules (generation/hold.h). 0: the
/// one before the current, or before the one whose rules are held already.
[[nodiscard]] Result<uint64_t> rollback(const std::string& data_dir, uint64_t number = 0);

/// Points CURRENT at a kept generation after verifying it, because an origin did; refused while rules are
/// held.
[[nodiscard]] Result<void> follow_to(const std::string& data_dir, uint64_t number);

struct GenerationInfo {
  uint64_t number = 0;
  std::string created_at;
  uint64_t feed_version = 0;
  uint32_t format = 0;  ///< of its manifest; below Manifest::kOldestServed: no longer served; 0: unreadable
  uint64_t rules_from = 0, replaces = 0;
  NamedTexts made;
  NamedCounts counts, counts_before;
  bool current = false;
  bool complete =
      true;  ///< the manifest is readable and each file has its size; `rollback` also checks hashes
};
/// Bytes on the disk that all generations take together, hard links counted once.
[[nodiscard]] Result<uint64_t> disk_use(const std::string& data_dir);
/// Ascending by number.
[[nodiscard]] Result<std::vector<GenerationInfo>> list_generations(const std::string& data_dir);

}  // namespace abm::generation
