// How a worker takes over a new generation without ever blocking: one bounded step at a time from its timer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/generation.h"
#include "generation/held_part.h"

namespace abm::generation {

/// Watches one data folder. Not thread-safe; one per worker and folder.
class Adopter {
 public:
  enum class State : uint8_t {
    kIdle,     ///< the one CURRENT names is in use (or CURRENT is missing): ask again after abm_poll
    kWorking,  ///< call step() again soon: copying and hashing files, or freeing what was replaced
    kAdopted,  ///< current() changed in this step
    kFailed,   ///< the new one was refused: error() says why; the old one stays; reported once per fault
  };

  explicit Adopter(std::string data_dir);
  ~Adopter();

  /// Copies, hashes and checks in slices well under a millisecond, as long as the next should fit into
  /// `budget`. First frees, also in slices, what was replaced and nobody else holds. Never blocks on a lock;
  /// reads files that were read ahead.
  State step(std::chrono::microseconds budget) noexcept;
  /// Steps until idle, adopted or failed: at worker start, before the first request.
  State run_to_end() noexcept;

  /// The generation in use, nullptr before the first.
  [[nodiscard]] const std::shared_ptr<const Generation>& current() const noexcept;
  [[nodiscard]] const std::string& error() const noexcept;
  /// The fault that was reported with kFailed, as long as it lasts: "" at the first look after it is gone.
  [[nodiscard]] const std::string& fault() const noexcept;
  [[nodiscard]] const std::string& data_dir() const noexcept;
  [[nodiscard]] uint64_t faults() const noexcept;
  /// What is in memory right now, and why. While nobody else holds a generation, at most two indexes and two
  /// account snapshots: what was replaced is freed before the next is read.
  [[nodiscard]] std::vector<HeldPart> held() const;

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace abm::generation
