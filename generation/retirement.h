// Where replaced generations go: freed in slices once the last request has let go of them, because giving
// back a few hundred megabytes at once would hold up a worker for tens of milliseconds.
#pragma once

#include <memory>
#include <vector>

#include "generation/generation.h"

namespace abm::generation {

/// Not thread-safe, and neither are the generations' holders: one worker.
class Retirement {
 public:
  /// nullptr is nothing.
  void add(std::shared_ptr<const Generation> generation);
  /// Also what never became a generation.
  void add(std::shared_ptr<const SealedPart> part);

  /// Frees a slice of what nobody else holds, some 0.1 ms of work. True: there is more of it.
  bool step();
  /// How many generations still have other holders.
  [[nodiscard]] size_t held() const noexcept { return generations_.size(); }

 private:
  void dismantle(std::shared_ptr<const Generation> generation);

  std::vector<std::shared_ptr<const Generation>> generations_;
  std::vector<std::shared_ptr<const ipdb::Index>> indexes_;
  std::vector<std::shared_ptr<const SealedPart>> parts_;
};

}  // namespace abm::generation
