// One immutable, verified set of index + accounts + rules, mapped from sealed copies.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "accounts/snapshot.h"
#include "base/file.h"
#include "base/result.h"
#include "generation/manifest.h"
#include "ipdb/index.h"
#include "rules/program.h"

namespace abm::generation {

/// The bytes of one part in memory nobody can change; shared between generations whose part has the same hash.
struct SealedPart {
  Fd fd;             ///< sealed memfd; kept for /proc/self/fd (the MMDB reader), closed with the part
  Mapping mapping;
  Hash128 hash;
};

class Generation {
 public:
  /// From verified parts: opens and checks each format. `parts[i]` may come from an earlier generation.
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> assemble(
      Manifest manifest, std::array<std::shared_ptr<const SealedPart>, kParts> parts);
  /// From bytes built in memory (tools without a published generation).
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> from_bytes(Manifest manifest, std::string_view ipdb,
                                                                            std::string_view accounts,
                                                                            std::string_view rules);
  /// A published generation of `data_dir`: the one CURRENT names, or `number` if not 0. Reads, copies and verifies all
  /// files before it returns.
  [[nodiscard]] static Result<std::shared_ptr<const Generation>> open(const std::string& data_dir, uint64_t number = 0);

  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  [[nodiscard]] uint64_t number() const noexcept { return manifest_.number; }
  [[nodiscard]] const ipdb::Index& index() const noexcept { return index_; }
  [[nodiscard]] const accounts::Snapshot& accounts() const noexcept { return accounts_; }
  [[nodiscard]] const rules::Program& rules() const noexcept { return rules_; }
  [[nodiscard]] const std::shared_ptr<const SealedPart>& part(Part part) const noexcept {
    return parts_[static_cast<size_t>(part)];
  }
  /// Whether the feed's `expires_at` has passed (Unix seconds).
  [[nodiscard]] bool expired(int64_t now) const noexcept;

 private:
  Generation(Manifest manifest, std::array<std::shared_ptr<const SealedPart>, kParts> parts, ipdb::Index index,
             accounts::Snapshot accounts, rules::Program rules) noexcept;
  Manifest manifest_;
  std::array<std::shared_ptr<const SealedPart>, kParts> parts_;
  ipdb::Index index_;
  accounts::Snapshot accounts_;
  rules::Program rules_;
};

}  // namespace abm::generation
