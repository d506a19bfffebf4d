#include "generation/retirement.h"

#include <algorithm>
#include <utility>

namespace abm::generation {
namespace {

constexpr size_t kSliceBytes = 256u << 10;

/// Whether `last` is the only holder. If so it is no longer immutable: nobody else can see it change.
template <typename T>
T* only_holder(const std::shared_ptr<const T>& last) noexcept {
  return last.use_count() == 1 ? const_cast<T*>(last.get()) : nullptr;
}

}  // namespace

void Retirement::add(std::shared_ptr<const Generation> generation) {
  if (generation != nullptr) generations_.push_back(std::move(generation));
}

void Retirement::add(Part part, uint64_t number, std::shared_ptr<const SealedPart> bytes) {
  if (bytes != nullptr) parts_.push_back({part, number, std::move(bytes)});
}

void Retirement::dismantle(std::shared_ptr<const Generation> generation) {
  indexes_.push_back(generation->index_);
  for (size_t i = 0; i < kParts; ++i) add(static_cast<Part>(i), generation->number(), generation->parts_[i]);
}

void Retirement::lend(const Retired& part) {
  std::erase_if(lent_, [&](const Lent& lent) {
    const auto bytes = lent.bytes.lock();
    return bytes == nullptr || bytes == part.bytes;
  });
  lent_.push_back({part.part, part.generation, part.bytes});
}

bool Retirement::free_part() {
  if (parts_.empty()) return false;
  SealedPart* const last = only_holder(parts_.back().bytes);
  if (last == nullptr) lend(parts_.back());
  if (last == nullptr || last->release(kSliceBytes)) parts_.pop_back();
  return true;
}

bool Retirement::step() {
  for (auto& generation : generations_) {
    if (generation.use_count() != 1) continue;
    std::swap(generation, generations_.back());
    dismantle(std::move(generations_.back()));
    generations_.pop_back();
    return true;
  }
  if (indexes_.empty()) return free_part();
  ipdb::Index* const index = only_holder(indexes_.back());
  if (index == nullptr || index->release(kSliceBytes)) indexes_.pop_back();
  return true;
}

void Retirement::describe(const Generation* current, std::vector<HeldPart>& held) const {
  // Generations share parts: report each one once.
  std::vector<const SealedPart*> told;
  const auto tell = [&](Part part, uint64_t generation, const SealedPart* bytes, Holder why) {
    const bool shared = current != nullptr && current->part(part).get() == bytes;
    if (shared || std::find(told.begin(), told.end(), bytes) != told.end()) return;
    told.push_back(bytes);
    held.push_back({part, generation, bytes->size(), why});
  };
  for (const auto& generation : generations_) {
    for (size_t i = 0; i < kParts; ++i) {
      const auto part = static_cast<Part>(i);
      tell(part, generation->number(), generation->part(part).get(), Holder::kBeingFreed);
    }
  }
  for (const Retired& retired : parts_) {
    tell(retired.part, retired.generation, retired.bytes.get(), Holder::kBeingFreed);
  }
  for (const Lent& lent : lent_) {
    const auto bytes = lent.bytes.lock();
    if (bytes != nullptr) tell(lent.part, lent.generation, bytes.get(), Holder::kUnderWay);
  }
}

}  // namespace abm::generation
