// All inputs of a site → the three files of a generation, in memory, checked by opening them as a worker would.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "generation/generation.h"
#include "generation/site.h"

namespace abm::generation {

/// What a build reads. Empty paths leave a part out (no networks: an index that identifies nobody).
struct BuildInputs {
  std::string feed;                        ///< path of the account feed's local copy
  std::vector<NetworkInput> networks;
  std::vector<std::string> rules;          ///< files
  uint64_t max_as_addresses = 1u << 22;
};

struct BuildOptions {
  int64_t now = 0;                                   ///< Unix seconds; 0: the system clock
  const Generation* previous = nullptr;              ///< parts whose inputs did not change are taken over
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

struct Artifacts {
  Manifest manifest;                                 ///< number and created_at are publish's to fill
  std::array<std::string, kParts> bytes;
  std::vector<std::string> report;                   ///< what was mapped, left out and why; for people
};

/// Everything, or std::nullopt with all errors of all inputs in `diagnostics`. Warnings do not refuse.
[[nodiscard]] std::optional<Artifacts> build(const BuildInputs& inputs, const BuildOptions& options,
                                             Diagnostics& diagnostics);

}  // namespace abm::generation
