// What becomes of a matcher's frames when html or body gets attributes late.
#include <algorithm>

#include "rewrite/select/selector_program.h"
#include "rewrite/select/selector_set.h"

namespace abm::rewrite {

using program::Compound;

void SelectorMatcher::replace_steps(const uint64_t* before, const uint64_t* after, const uint64_t* parent,
                                    uint64_t* own) const noexcept {
  for (uint32_t i = 0; i < frame_words_; ++i) {
    const uint64_t from_parent = parent != nullptr ? parent[i] & inherited_[i] : 0;
    own[i] = (own[i] & ~(before[i] & for_children_[i])) | (after[i] & for_children_[i]) | from_parent;
  }
}

void SelectorMatcher::replace_inherited_steps(const uint64_t* before, const uint64_t* after,
                                              const uint64_t* parent, uint64_t* deeper) const noexcept {
  for (uint32_t i = 0; i < frame_words_; ++i) {
    const uint64_t from_parent = parent != nullptr ? parent[i] : 0;
    const uint64_t gone = before[i] & ~after[i] & ~from_parent;
    deeper[i] = (deeper[i] & ~(gone & inherited_[i])) | (after[i] & inherited_[i]);
  }
}

bool SelectorMatcher::forgets(uint32_t slot, const uint64_t* before, const uint64_t* after,
                              const Between& between) const noexcept {
  const program::View view(set_->bytes());
  const program::Slot& looked_at = view.slots()[slot];
  if (!is_active(slot)) return false;
  const auto changed = [&](uint32_t step, const uint64_t* only_in) {
    const uint32_t bit = first_step_[slot] + step;
    const uint64_t words =
        (before[bit / 64] ^ after[bit / 64]) & (only_in != nullptr ? only_in[bit / 64] : ~uint64_t{0});
    return (words >> bit % 64 & 1) != 0;
  };
  const auto may_be_open = [&](const Compound& compound) {
    const std::string_view type = view.text(compound.type);
    return type.empty() ? between.open.any() : between.open.may_have(type);
  };
  for (uint32_t i = 0; i < looked_at.compounds.count; ++i) {
    const Compound& compound = view.compounds()[looked_at.compounds.begin + i];
    // A step that html or body no longer holds, and an element inside may hold.
    if (compound.step != program::kNone && changed(compound.step, before) && may_be_open(compound))
      return true;
    // A step after one that changed: an element inside may have been taken for it, or not.
    if (compound.step == program::kNone || compound.before == program::kNone ||
        !changed(compound.before, nullptr))
      continue;
    const auto combinator = static_cast<Combinator>(compound.combinator);
    const bool of_siblings =
        combinator == Combinator::kNextSibling || combinator == Combinator::kSubsequentSibling;
    if (of_siblings || may_be_open(compound)) return true;
  }
  return false;
}

}  // namespace abm::rewrite
