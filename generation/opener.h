// Verified parts → Generation: each format opened and checked, one slice at a time.
#pragma once

#include <memory>
#include <optional>

#include "accounts/snapshot_checker.h"
#include "base/result.h"
#include "generation/generation.h"
#include "ipdb/index.h"
#include "rules/program/program.h"

namespace abm::generation {

/// Parts that `previous` also holds (the same SealedPart) are not opened again.
class GenerationOpener {
 public:
  /// `previous` is borrowed until the opener is done; nullptr for none.
  GenerationOpener(Manifest manifest, SealedParts parts, const Generation* previous);

  /// One slice, well under a millisecond, except that the contents of rules.bin are checked in one go once
  /// hashed. True: take() has the generation. An error begins with the part's name.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] std::shared_ptr<const Generation> take() noexcept { return std::move(generation_); }

 private:
  [[nodiscard]] Result<void> check_parts() const;
  [[nodiscard]] Result<bool> step_index();
  [[nodiscard]] Result<bool> step_accounts();
  [[nodiscard]] Result<void> check_feed() const;
  [[nodiscard]] Result<bool> step_rules();
  [[nodiscard]] bool shares(Part part) const noexcept;

  enum class Phase : uint8_t { kCheckParts, kOpenIndex, kOpenAccounts, kOpenRules, kDone };
  Phase phase_ = Phase::kCheckParts;
  const Generation* previous_;
  std::shared_ptr<Generation> generation_;
  std::optional<ipdb::IndexLoader> index_;
  std::optional<accounts::SnapshotChecker> accounts_;
  std::optional<rules::ProgramOpener> rules_;
};

}  // namespace abm::generation
