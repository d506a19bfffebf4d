// Of how many accounts the index knows a network: those that can be identified by a visitor's address at all.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "generation/generation.h"
#include "ipdb/match.h"

namespace abm::generation {

struct Coverage {
  static constexpr size_t kSources = 4;  ///< ipdb::Source, without kNone: feed, csv, asn, mmdb

  uint64_t accounts = 0;                ///< of the snapshot
  std::array<uint64_t, kSources> by{};  ///< accounts by the strongest source that knows a network of theirs
  [[nodiscard]] uint64_t identifiable() const noexcept;
};

[[nodiscard]] Coverage coverage_of(const Generation& generation);

/// "accounts: 60, of which 41 can be identified by their address (23 from the feed, 18 by AS numbers)", or
/// what is missing where it is none.
[[nodiscard]] std::string to_text(const Coverage& coverage);

}  // namespace abm::generation
