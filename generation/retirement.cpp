#include "generation/retirement.h"

#include <utility>

namespace abm::generation {
namespace {

constexpr size_t kSliceBytes = 256u << 10;

/// Whether `last` is the only holder. If so it is no longer immutable: nobody can see it change.
template <typename T>
T* only_holder(const std::shared_ptr<const T>& last) noexcept {
  return last.use_count() == 1 ? const_cast<T*>(last.get()) : nullptr;
}

/// Frees a slice of the list's last element. What somebody else holds too (a newer generation, most often) is
/// left to them.
template <typename T>
bool free_slice(std::vector<std::shared_ptr<const T>>& list) {
  if (list.empty()) return false;
  T* const last = only_holder(list.back());
  if (last == nullptr || last->release(kSliceBytes)) list.pop_back();
  return true;
}

}  // namespace

void Retirement::add(std::shared_ptr<const Generation> generation) {
  if (generation != nullptr) generations_.push_back(std::move(generation));
}

void Retirement::add(std::shared_ptr<const SealedPart> part) {
  if (part != nullptr) parts_.push_back(std::move(part));
}

void Retirement::dismantle(std::shared_ptr<const Generation> generation) {
  indexes_.push_back(generation->index_);
  for (const auto& part : generation->parts_) parts_.push_back(part);
}

bool Retirement::step() {
  for (auto& generation : generations_) {
    if (generation.use_count() != 1) continue;
    std::swap(generation, generations_.back());
    dismantle(std::move(generations_.back()));
    generations_.pop_back();
    return true;
  }
  return free_slice(indexes_) || free_slice(parts_);
}

}  // namespace abm::generation
