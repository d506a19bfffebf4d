// What late attributes of html and body change for the elements that come after them.
#include <algorithm>
#include <cstring>

#include "rewrite/select/locator.h"
#include "rewrite/select/selector_program.h"

namespace abm::rewrite {

void Locator::keep_attributes(const Opening& opening, uint32_t child_index, uint32_t type_index) noexcept {
  if (opening.own > 1 || opening.tag != (opening.own == 0 ? Tag::html_ : Tag::body_)) return;
  if (opening.own == 1) std::copy_n(frame(1), frame_words_, late_.html_frame.data());
  LateAttributes& kept = opening.own == 0 ? html_ : body_;
  kept.child_index = child_index;
  kept.type_index = type_index;
  if (opening.token != nullptr) static_cast<void>(kept.add(*opening.token));
}

/// Matches html (0) or body (1) with the attributes that are known of it now.
std::span<uint32_t> Locator::match_late(size_t index, std::span<uint64_t> steps,
                                        std::span<uint32_t> matched) noexcept {
  static constexpr uint64_t kDocument[program::kMaxSteps / 64] = {};
  const LateAttributes& kept = index == 0 ? html_ : body_;
  MatchElement element(kept.tags(), kept.attribute_bits(), feed_.charset(), arena_);
  element.name = index == 0 ? "html" : "body";
  element.is_root = index == 0;
  element.quirks = tree_.quirks();
  element.child_index = kept.child_index;
  element.type_index = kept.type_index;
  const uint64_t* const parent = index == 0 ? kDocument : late_.html_frame.data();
  const size_t count = matcher_.match_again(element, parent, steps.data(), matched);
  return matched.first(std::min(count, matched.size()));
}

/// The elements before this tag have been decided. Those after it match as if html and body had had the
/// attributes from the start. Where that depends on an element in between, the slot is in doubt from here on.
void Locator::merged(size_t index, const TagToken& token) noexcept {
  if (all_doubted_) return;
  const OpenElements& stack = tree_.stack();
  const bool has_body = stack.size() > 1 && stack[1].tag == Tag::body_;
  const size_t last = has_body ? 1 : 0;
  std::span<uint32_t> earlier[2];
  for (size_t i = index; i <= last; ++i) earlier[i] = match_late(i, late_.before[i], late_.earlier[i]);
  switch ((index == 0 ? html_ : body_).add(token)) {
    case LateAttributes::Added::kNothing:
      return;
    case LateAttributes::Added::kLost:
      all_doubted_ = true;
      return;
    case LateAttributes::Added::kSome:
      break;
  }
  for (size_t i = index; i <= last; ++i) {
    // The element's own tag has left. One that is implied never had any: this tag is all that could be
    // edited.
    if (i == index && (stack[i].flags & kNoTag) != 0) earlier[i] = {};
    for (uint32_t slot : match_late(i, late_.after, matched_)) {
      if (!std::ranges::binary_search(earlier[i], slot))
        sink_.uncertain({&slot, 1}, token.begin, Skip::kAmbiguous);
    }
    spread(i, has_body, token.begin);
  }
}

/// Brings the frames up to date after html or body has come to match other steps.
void Locator::spread(size_t index, bool has_body, uint64_t offset) noexcept {
  const OpenElements& stack = tree_.stack();
  const uint64_t* const before = late_.before[index].data();
  const uint64_t* const after = late_.after.data();
  const uint64_t* const parent = index == 0 ? nullptr : frame(1);
  matcher_.replace_steps(before, after, parent, frame(index + 1));
  if (index == 0) matcher_.replace_steps(before, after, parent, late_.html_frame.data());
  for (size_t i = index + 1; i < stack.size(); ++i)
    matcher_.replace_inherited_steps(before, after, parent, frame(i + 1));

  SelectorMatcher::Between between;
  between.opened = index == 0 || opened_in_body_;
  for (size_t i = has_body ? 2 : 1; i < stack.size(); ++i) {
    if (stack[i].tag == Tag::kNone_) {
      between.open.add_unknown();
    } else {
      between.open.add(name_of(stack[i].tag));
    }
  }
  if (std::equal(before, before + frame_words_, after) || !between.opened) return;
  for (uint32_t slot = 0; slot < matcher_.slots(); ++slot) {
    if (is_doubted(slot) || !matcher_.forgets(slot, before, after, between)) continue;
    doubt(slot);
    sink_.uncertain({&slot, 1}, offset,
                    Skip::kAmbiguous);  // what follows may match without the frames telling
  }
}

/// Keeps the slots that are not in doubt, and reports the others as uncertain.
std::span<uint32_t> Locator::without_doubted(std::span<uint32_t> slots, uint64_t begin) noexcept {
  size_t kept = 0;
  for (uint32_t slot : slots) {
    if (is_doubted(slot) || (all_doubted_ && matcher_.uses_relatives(slot))) {
      sink_.uncertain({&slot, 1}, begin, Skip::kAmbiguous);
    } else {
      slots[kept++] = slot;
    }
  }
  return slots.first(kept);
}

}  // namespace abm::rewrite
