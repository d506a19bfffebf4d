// Runs a selector program along the stack of open elements: candidates by hash, their tests, frames of bits.
#include <algorithm>
#include <array>
#include <bit>

#include "base/storage_layout.h"
#include "rewrite/select/attribute_tests.h"
#include "rewrite/select/nth.h"
#include "rewrite/select/selector_program.h"
#include "rewrite/select/selector_set.h"

namespace abm::rewrite {

/// Asks an element for each attribute once, however many compounds look at it, since values may need
/// decoding. Names are compared by address: the program holds each name once.
class CachedElement {
 public:
  explicit CachedElement(const Element& element) noexcept : element_(element) {}
  const Element* operator->() const noexcept { return &element_; }

  std::optional<std::string_view> attribute(std::string_view name) noexcept {
    const uint32_t known = std::min(asked_, kKept);
    for (uint32_t i = 0; i < known; ++i) {
      if (answers_[i].name == name.data()) return answers_[i].value;
    }
    Answer& answer = answers_[asked_++ % kKept];
    answer = {name.data(), element_.attribute(name)};
    return answer.value;
  }

 private:
  static constexpr uint32_t kKept = 16;
  struct Answer {
    const char* name;
    std::optional<std::string_view> value;
  };
  const Element& element_;
  uint32_t asked_ = 0;
  std::array<Answer, kKept> answers_;
};

namespace {

using namespace program;

constexpr uint32_t kInactive = kNone;  // as is_active() has it
static_assert(~kInactive == 0);
constexpr uint32_t words_for(uint32_t bits) noexcept {
  return (bits + 63) / 64;
}
bool has_bit(const uint64_t* words, uint32_t bit) noexcept {
  return words[bit / 64] >> (bit % 64) & 1;
}
void set_bit(uint64_t* words, uint32_t bit) noexcept {
  words[bit / 64] |= uint64_t{1} << bit % 64;
}

uint32_t space_bit(const CachedElement& element) noexcept {
  return uint32_t{1} << static_cast<uint32_t>(element->space);
}

/// Whether the test's name is that of an attribute on elements of this namespace.
bool names_attribute(const Test& test, const CachedElement& element) noexcept {
  return test.a == 0 || (static_cast<uint32_t>(test.a) & space_bit(element)) != 0;
}

bool ignores_case(const Test& test, const CachedElement& element) noexcept {
  switch (static_cast<LetterCase>(test.letter_case)) {
    case LetterCase::kCounts:
      return false;
    case LetterCase::kIgnored:
      return true;
    case LetterCase::kIgnoredInHtml:
      return element->space == Space::kHtml;
    case LetterCase::kIgnoredInQuirks:
      return element->quirks;
  }
  return false;
}

bool holds(const View& view, const Compound& compound, CachedElement& element) noexcept;

bool test_holds(const View& view, const Test& test, CachedElement& element) noexcept {
  switch (test.kind) {
    case TestKind::kRoot:
      return element->is_root;
    case TestKind::kNthChild:
      return nth_holds(test.a, test.b, element->child_index);
    case TestKind::kNthOfType:
      return nth_holds(test.a, test.b, element->type_index);
    case TestKind::kSpace:
      return (static_cast<uint32_t>(test.a) & space_bit(element)) != 0;
    case TestKind::kAttribute: {
      if (!names_attribute(test, element)) return false;
      const auto value = element.attribute(view.text(test.name));
      return value && attribute_holds(static_cast<AttributeOperator>(test.op), *value, view.text(test.value),
                                      ignores_case(test, element));
    }
    case TestKind::kWord: {
      if (!names_attribute(test, element)) return false;
      const auto value = element.attribute(view.text(test.name));
      return value && has_word(*value, view.text(test.value), ignores_case(test, element));
    }
    case TestKind::kNot:
    case TestKind::kIs:
      break;
  }
  bool any = false;
  for (uint32_t i = 0; i < test.argument.count && !any; ++i) {
    any = holds(view, view.compounds()[test.argument.begin + i], element);
  }
  return any == (test.kind == TestKind::kIs);
}

// Recurses into arguments, at most kMaxNesting deep.
bool holds(const View& view, const Compound& compound, CachedElement& element) noexcept {
  if (compound.type.size != 0 && view.text(compound.type) != element->name) return false;
  for (uint32_t i = 0; i < compound.tests.count; ++i) {
    if (!test_holds(view, view.tests()[compound.tests.begin + i], element)) return false;
  }
  return true;
}

/// CompoundFlags of all compounds of the slot.
uint32_t compound_flags(const View& view, uint32_t slot) noexcept {
  const Range compounds = view.slots()[slot].compounds;
  uint32_t flags = 0;
  for (uint32_t i = 0; i < compounds.count; ++i) flags |= view.compounds()[compounds.begin + i].flags;
  return flags;
}

// Recurses into arguments, at most kMaxNesting deep.
template <typename Body>
void each_attribute(const View& view, const Range& compounds, const Body& body) noexcept {
  for (uint32_t i = 0; i < compounds.count; ++i) {
    const Range& tests = view.compounds()[compounds.begin + i].tests;
    for (uint32_t k = 0; k < tests.count; ++k) {
      const Test& test = view.tests()[tests.begin + k];
      const bool named = test.kind == TestKind::kAttribute || test.kind == TestKind::kWord;
      named ? body(view.text(test.name)) : each_attribute(view, test.argument, body);
    }
  }
}

/// The matcher's arrays in its scratch memory.
struct MatcherLayout {
  StorageLayout layout;
  StoragePart<uint64_t> slot_hits, step_hits, inherited, for_children, for_next, for_siblings, group_masks;
  StoragePart<uint32_t> first_step;

  explicit MatcherLayout(const Header& header) {
    slot_hits = layout.add<uint64_t>(words_for(header.slots.count));
    for (auto* steps : {&step_hits, &inherited, &for_children, &for_next, &for_siblings})
      *steps = layout.add<uint64_t>(words_for(header.steps));
    group_masks = layout.add<uint64_t>(header.groups.count);
    first_step = layout.add<uint32_t>(header.slots.count);
  }
  [[nodiscard]] size_t words() const noexcept { return (layout.size() + 7) / 8; }
};

}  // namespace

size_t SelectorMatcher::scratch_words(const SelectorSet& set) noexcept {
  return set.size() == 0 ? 0 : MatcherLayout(View(set.bytes()).header()).words();
}

SelectorMatcher::SelectorMatcher(const SelectorSet& set, std::span<const uint32_t> active,
                                 std::span<uint64_t> scratch) noexcept
    : set_(&set) {
  if (set.size() == 0) return;
  const Header& header = View(set.bytes()).header();
  const MatcherLayout parts(header);
  if (scratch.size() < parts.words()) return;
  std::memset(scratch.data(), 0, parts.first_step.offset);
  slot_words_ = words_for(header.slots.count);
  slot_hits_ = parts.slot_hits.in(scratch.data()).data();
  step_hits_ = parts.step_hits.in(scratch.data()).data();
  inherited_ = parts.inherited.in(scratch.data()).data();
  for_children_ = parts.for_children.in(scratch.data()).data();
  for_next_ = parts.for_next.in(scratch.data()).data();
  for_siblings_ = parts.for_siblings.in(scratch.data()).data();
  group_masks_ = parts.group_masks.in(scratch.data()).data();
  first_step_ = parts.first_step.in(scratch.data()).data();
  std::fill_n(first_step_, header.slots.count, kInactive);

  if (active.empty()) {
    for (uint32_t slot = 0; slot < header.slots.count; ++slot) activate(slot);
  } else {
    for (const uint32_t slot : active) {
      if (slot < header.slots.count && first_step_[slot] == kInactive) activate(slot);
    }
  }
  frame_words_ = words_for(steps_);
  any_name_mask_ = group_masks_[0];
}

void SelectorMatcher::activate(uint32_t slot_index) noexcept {
  const View view(set_->bytes());
  const Slot& slot = view.slots()[slot_index];
  first_step_[slot_index] = steps_;
  for (uint32_t i = 0; i < slot.compounds.count; ++i) {
    const Compound& compound = view.compounds()[slot.compounds.begin + i];
    flags_ |= compound.flags;
    if (compound.step == kNone) continue;
    const uint32_t bit = steps_ + compound.step;
    switch (static_cast<Combinator>(compound.combinator)) {
      case Combinator::kDescendant:
        set_bit(inherited_, bit);
        set_bit(for_children_, bit);
        break;
      case Combinator::kChild:
        set_bit(for_children_, bit);
        break;
      case Combinator::kNextSibling:
        set_bit(for_next_, bit);
        set_bit(for_siblings_, bit);
        break;
      case Combinator::kSubsequentSibling:
        set_bit(for_siblings_, bit);
        break;
    }
  }
  steps_ += slot.steps;
  for (uint32_t i = 0; i < slot.entries.count; ++i) {
    const Entry& entry = view.entries()[slot.entries.begin + i];
    group_masks_[entry.group] |=
        entry.attribute_bit == kNone ? kAnyAttributes : uint64_t{1} << entry.attribute_bit;
    const uint64_t hash = name_hash(view.text(view.groups()[entry.group].name));
    names_[hash >> 62] |= uint64_t{1} << ((hash >> 56) & 63);
  }
}

bool SelectorMatcher::needs_child_index() const noexcept {
  return (flags_ & kChildIndex) != 0;
}
bool SelectorMatcher::needs_type_index() const noexcept {
  return (flags_ & kTypeIndex) != 0;
}

bool SelectorMatcher::needs_every_element() const noexcept {
  uint64_t siblings = flags_ & (kChildIndex | kTypeIndex);
  for (uint32_t i = 0; i < frame_words_; ++i) siblings |= for_siblings_[i];
  return siblings != 0;
}

bool SelectorMatcher::uses_relatives(uint32_t slot) const noexcept {
  const View view(set_->bytes());
  return view.slots()[slot].steps != 0 || (compound_flags(view, slot) & (kChildIndex | kTypeIndex)) != 0;
}

bool SelectorMatcher::asks_type_index(uint32_t slot) const noexcept {
  return is_active(slot) && (compound_flags(View(set_->bytes()), slot) & kTypeIndex) != 0;
}

uint64_t SelectorMatcher::asked_attributes() const noexcept {
  uint64_t bits = 0;
  for (uint32_t slot = 0; slot < slots(); ++slot) bits |= asked_attributes(slot);
  return bits;
}

uint64_t SelectorMatcher::asked_attributes(uint32_t slot) const noexcept {
  if (!is_active(slot)) return 0;
  const View view(set_->bytes());
  uint64_t bits = 0;
  each_attribute(view, view.slots()[slot].compounds,
                 [&](std::string_view name) { bits |= attribute_bit(name); });
  return bits;
}

bool SelectorMatcher::asks_attribute(std::string_view lower_name) const noexcept {
  const View view(set_->bytes());
  bool asks = false;
  for (uint32_t slot = 0; slot < slots() && !asks; ++slot) {
    if (!is_active(slot)) continue;
    each_attribute(view, view.slots()[slot].compounds,
                   [&](std::string_view name) { asks |= equals_ignoring_case(name, lower_name); });
  }
  return asks;
}

uint64_t SelectorMatcher::group_mask(std::string_view lower_name, uint64_t hash) const noexcept {
  const uint32_t group = View(set_->bytes()).find_group(lower_name, hash);
  return group == kNone ? 0 : group_masks_[group];
}

void SelectorMatcher::try_compounds(uint32_t first, uint32_t count, CachedElement& element,
                                    const uint64_t* parent) noexcept {
  const View view(set_->bytes());
  for (uint32_t i = first; i < first + count; ++i) {
    const Compound& compound = view.compounds()[view.postings()[i]];
    const uint32_t base = first_step_[compound.slot];
    if (base == kInactive) continue;
    if (compound.before != kNone && !has_bit(parent, base + compound.before)) continue;
    if (!holds(view, compound, element)) continue;
    if (compound.step != kNone) {
      set_bit(step_hits_, base + compound.step);
    } else {
      set_bit(slot_hits_, compound.slot);
      any_hit_ = true;
    }
  }
}

void SelectorMatcher::try_group(uint32_t group_index, CachedElement& element,
                                const uint64_t* parent) noexcept {
  const View view(set_->bytes());
  const Group& group = view.groups()[group_index];
  try_compounds(group.always.begin, group.always.count, element, parent);
  const uint64_t present = element->attribute_bits();
  for (uint32_t i = group.attributes.begin; i < group.attributes.begin + group.attributes.count; ++i) {
    const Key& key = view.keys()[i];
    const std::string_view name = view.text(key.name);
    if ((present & attribute_bit(name)) == 0) continue;
    const std::optional<std::string_view> value = element.attribute(name);
    if (!value) continue;
    try_compounds(key.present.begin, key.present.count, element, parent);
    const auto try_bucket = [&](std::string_view text, uint64_t seed) {
      if (text.size() > key.longest) return;
      const Range postings = view.find_bucket(value_hash(text, seed));
      try_compounds(postings.begin, postings.count, element, parent);
    };
    if (key.by_value != 0) try_bucket(*value, value_seed(i));
    if (key.by_word == 0) continue;
    for (WordCursor words(*value); const auto word = words.next();) try_bucket(*word, word_seed(i));
  }
}

/// Sets step_hits_, and slot_hits_ where any_hit_.
void SelectorMatcher::match_steps(const Element& element, const uint64_t* parent) noexcept {
  std::fill_n(step_hits_, frame_words_, uint64_t{0});
  const uint64_t hash = name_hash(element.name);
  const uint32_t group = View(set_->bytes()).find_group(element.name, hash);
  CachedElement cached(element);
  if (group != kNone && group_masks_[group] != 0) try_group(group, cached, parent);
  if (any_name_mask_ != 0) try_group(0, cached, parent);
}

size_t SelectorMatcher::start_element(const Element& element, uint64_t* parent, uint64_t* own,
                                      std::span<uint32_t> matched) noexcept {
  if (slot_words_ == 0) return 0;
  match_steps(element, parent);
  for (uint32_t i = 0; i < frame_words_; ++i) {
    if (own) own[i] = (parent[i] & inherited_[i]) | (step_hits_[i] & for_children_[i]);
    parent[i] = (parent[i] & ~for_next_[i]) | (step_hits_[i] & for_siblings_[i]);
  }
  return any_hit_ ? take_matches(matched) : 0;
}

size_t SelectorMatcher::match_again(const Element& element, const uint64_t* parent, uint64_t* steps,
                                    std::span<uint32_t> matched) noexcept {
  if (slot_words_ == 0) return 0;
  match_steps(element, parent);
  std::copy_n(step_hits_, frame_words_, steps);
  return any_hit_ ? take_matches(matched) : 0;
}

void SelectorMatcher::skip_element(uint64_t* parent, uint64_t* own) const noexcept {
  for (uint32_t i = 0; i < frame_words_; ++i) {
    if (own) own[i] = parent[i] & inherited_[i];
    parent[i] &= ~for_next_[i];
  }
}

size_t SelectorMatcher::take_matches(std::span<uint32_t> matched) noexcept {
  any_hit_ = false;
  size_t count = 0;
  for (uint32_t i = 0; i < slot_words_; ++i) {
    for (uint64_t hits = slot_hits_[i]; hits != 0; hits &= hits - 1, ++count) {
      if (count < matched.size()) matched[count] = i * 64 + static_cast<uint32_t>(std::countr_zero(hits));
    }
    slot_hits_[i] = 0;
  }
  return count;
}

}  // namespace abm::rewrite
