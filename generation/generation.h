// One immutable, verified set of index + accounts + rules, mapped from sealed copies.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/result.h"
#include "generation/manifest.h"
#include "generation/progress.h"
#include "generation/sealed_part.h"
#include "ipdb/index.h"
#include "rules/program/program.h"

namespace abm::generation {

class Generation {
 public:
  /// From verified parts: opens and checks each format, and that all belong to one tenant and feed. Parts
  /// shared with `previous` (the same SealedPart) are not opened again. Errors begin with the part's name.
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> assemble(
      Manifest manifest, SealedParts parts, const Generation* previous = nullptr,
      const Progress& progress = {});
  /// From bytes built in memory (tools without a published generation, tests). Fills in the manifest's files,
  /// and its tenant and feed version if not set. Parts whose bytes `previous` also has are shared with it.
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> from_bytes(
      Manifest manifest, std::string_view ipdb, std::string_view accounts, std::string_view rules,
      const Generation* previous = nullptr, const Progress& progress = {});
  /// A published generation of `data_dir`: the one CURRENT names, or `number` if not 0. Reads, copies and
  /// verifies all files before it returns.
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> open(const std::string& data_dir,
                                                                      uint64_t number = 0,
                                                                      const Progress& progress = {});

  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  [[nodiscard]] uint64_t number() const noexcept { return manifest_.number; }
  [[nodiscard]] const ipdb::Index& index() const noexcept { return *index_; }
  [[nodiscard]] const accounts::Snapshot& accounts() const noexcept { return *accounts_; }
  [[nodiscard]] const rules::Program& rules() const noexcept { return *rules_; }
  /// The same, keeping its own bytes alive but nothing else of the generation.
  [[nodiscard]] const std::shared_ptr<const rules::Program>& shared_rules() const noexcept { return rules_; }
  [[nodiscard]] const std::shared_ptr<const SealedPart>& part(Part part) const noexcept {
    return parts_[static_cast<size_t>(part)];
  }
  /// Whether the feed's `expires_at` has passed (Unix seconds).
  [[nodiscard]] bool expired(int64_t now) const noexcept;

 private:
  friend class GenerationOpener;
  friend class Retirement;
  Generation() = default;

  Manifest manifest_;
  SealedParts parts_;  // before the views that borrow their bytes
  std::shared_ptr<const ipdb::Index> index_;
  std::shared_ptr<const accounts::Snapshot> accounts_;
  std::shared_ptr<const rules::Program> rules_;
};

}  // namespace abm::generation
