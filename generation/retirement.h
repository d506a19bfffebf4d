// Where replaced generations go: freed in slices, because freeing a few hundred megabytes at once would hold
// up a worker for tens of milliseconds. Rules that a response is still being written with are left to that
// response: they are small and go at once when it ends.
#pragma once

#include <memory>
#include <vector>

#include "generation/generation.h"
#include "generation/held_part.h"

namespace abm::generation {

/// Not thread-safe, nor are the holders of the generations: all in one worker.
class Retirement {
 public:
  /// Ignores nullptr.
  void add(std::shared_ptr<const Generation> generation);
  /// Also takes a part of a generation `number` that was never completed.
  void add(Part part, uint64_t number, std::shared_ptr<const SealedPart> bytes);

  /// Frees a slice of what nobody else holds, about 0.1 ms of work. True: there is more.
  bool step();
  /// Adds what is still there to `held`, except what `current` (nullptr: none) shares.
  void describe(const Generation* current, std::vector<HeldPart>& held) const;

 private:
  struct Retired {
    Part part;
    uint64_t generation;
    std::shared_ptr<const SealedPart> bytes;
  };
  /// Left to another holder: a newer generation, or the responses being written with its rules.
  struct Lent {
    Part part;
    uint64_t generation;
    std::weak_ptr<const SealedPart> bytes;
  };
  void dismantle(std::shared_ptr<const Generation> generation);
  bool free_part();
  void lend(const Retired& part);

  std::vector<std::shared_ptr<const Generation>> generations_;
  std::vector<std::shared_ptr<const ipdb::Index>> indexes_;
  std::vector<Retired> parts_;
  std::vector<Lent> lent_;
};

}  // namespace abm::generation
