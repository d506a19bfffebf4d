// The locating half: storage, the gate before selector matching, frames and sibling counts.
#include "rewrite/select/locator.h"

#include <algorithm>
#include <cstring>

#include "base/storage_layout.h"
#include "base/text.h"
#include "rewrite/select/selector_program.h"

namespace abm::rewrite {
namespace {

/// Frame words that a matcher over all slots has; one over some has no more.
size_t most_frame_words(const SelectorSet& set) {
  return set.size() == 0 ? 0 : (program::View(set.bytes()).header().steps + 63) / 64;
}

/// The locator's arrays in its storage.
struct LocatorLayout {
  StorageLayout layout;
  StoragePart<uint64_t> scratch, frames;
  StoragePart<OpenElement> stack;
  StoragePart<uint32_t> matched, earlier[2];
  StoragePart<uint64_t> late_frames, doubted;
  size_t frame_words;

  explicit LocatorLayout(const LocatorOptions& options) {
    const SelectorSet& selectors = *options.selectors;
    scratch = layout.add<uint64_t>(SelectorMatcher::scratch_words(selectors));
    frame_words = most_frame_words(selectors);
    const size_t slots = 1 + (options.active.empty() ? selectors.size() : options.active.size());
    for (auto* list : {&matched, &earlier[0], &earlier[1]}) *list = layout.add<uint32_t>(slots);
    late_frames = layout.add<uint64_t>(4 * frame_words);
    doubted = layout.add<uint64_t>((selectors.size() + 63) / 64);
    stack = layout.add<OpenElement>(options.max_depth);
    frames = layout.add<uint64_t>((options.max_depth + 1) * frame_words);
  }
};

}  // namespace

size_t Locator::bytes_needed(const LocatorOptions& options) noexcept {
  return LocatorLayout(options).layout.size();
}

Locator::Locator(const LocatorOptions& options, void* storage, LocatorSink& sink) noexcept
    : sink_(sink),
      head_slot_(options.selectors->head_slot()),
      wants_head_(options.head || (!options.active.empty() && options.active.back() == head_slot_)),
      tree_(*this, gate_),
      feed_(tree_, options.charset, &signs_),
      tokenizer_(feed_, options.max_tag, options.memory),
      matcher_(*options.selectors, options.active, LocatorLayout(options).scratch.in(storage)),
      arena_(options.memory, options.max_tag),
      html_(options.memory),
      body_(options.memory) {
  const LocatorLayout parts(options);
  matched_ = parts.matched.in(storage);
  frames_ = parts.frames.in(storage);
  tree_.use(parts.stack.in(storage));
  frame_words_ = matcher_.frame_words();
  std::fill_n(frames_.begin(), frame_words_, uint64_t{0});
  const std::span<uint64_t> late = parts.late_frames.in(storage);
  late_ = {late.first(frame_words_),
           {late.subspan(frame_words_, frame_words_), late.subspan(2 * frame_words_, frame_words_)},
           late.subspan(3 * frame_words_, frame_words_),
           {parts.earlier[0].in(storage), parts.earlier[1].in(storage)},
           parts.doubted.in(storage)};
  std::ranges::fill(late, 0);
  std::ranges::fill(late_.doubted, 0);
  counts_children_ = matcher_.needs_child_index();
  counts_types_ = matcher_.needs_type_index();
  if (counts_types_ && !types_.start(options.memory)) gave_up_ = Skip::kMemory;
  if (options.charset == Charset::kUnsupported) gave_up_ = Skip::kAmbiguous;
  gate_.every = frame_words_ != 0 || matcher_.needs_every_element();
  gate_.drops = counts_types_;
  std::fill_n(gate_.masks, kTagCount, MatchGate::kAnyAttributes);  // not known yet: mask_of finds out once
}

size_t Locator::scan(std::string_view bytes, uint64_t offset) noexcept {
  if (gave_up_ != Skip::kNone) return bytes.size();
  if (!feed_.take_bom(bytes, offset)) {
    gave_up_ = Skip::kAmbiguous;
    return bytes.size();
  }
  const size_t done = tokenizer_.scan(bytes, offset);
  if (tokenizer_.stopped()) {
    gave_up_ = tokenizer_.name_too_long()   ? Skip::kTagTooLong
               : tokenizer_.out_of_memory() ? Skip::kMemory
                                            : tree_.gave_up();
    if (gave_up_ == Skip::kNone) gave_up_ = Skip::kAmbiguous;
  }
  return done;
}

void Locator::finish(uint64_t offset, bool complete) noexcept {
  tree_.finish(offset, complete && gave_up_ == Skip::kNone && tokenizer_.between_tokens());
}

std::string_view Locator::lower_name(const TagToken* token, Tag tag) noexcept {
  if (tag != Tag::kNone_) return name_of(tag);
  if (token->name.size() > kMaxName) return token->name;
  for (size_t i = 0; i < token->name.size(); ++i) name_[i] = ascii_lower(token->name[i]);
  return {name_, token->name.size()};
}

uint64_t Locator::mask_of(Tag tag, std::string_view name) noexcept {
  if (tag == Tag::kNone_) return matcher_.attribute_mask(name);
  uint64_t& mask = gate_.masks[static_cast<size_t>(tag)];
  if (mask != MatchGate::kAnyAttributes) return mask;
  const uint64_t found = matcher_.attribute_mask(name) | PageSigns::attribute_mask(tag);
  // Those two are wanted whatever their attributes, since more may come.
  if (found == 0 || (tag != Tag::html_ && tag != Tag::body_)) mask = found;
  return found;
}

/// For an element whose relatives in the tree are not those on the stack: keeps the slots that do not look at
/// relatives, and reports the others as uncertain. It decides slot by slot, so that the fate of one does not
/// depend on which others are looked for.
std::span<uint32_t> Locator::without_relatives(std::span<uint32_t> slots, uint64_t begin) noexcept {
  size_t kept = 0;
  for (uint32_t slot : slots) {
    if (matcher_.uses_relatives(slot)) {
      sink_.uncertain({&slot, 1}, begin, Skip::kAmbiguous);
    } else {
      slots[kept++] = slot;
    }
  }
  return slots.first(kept);
}

std::span<uint32_t> Locator::without_cut(std::span<uint32_t> slots, const Opening& opening) noexcept {
  const uint64_t cut = opening.token->cut_bits & matcher_.asked_attributes();
  if (cut == 0) return slots;
  lost_attributes_ = true;
  size_t kept = 0;
  for (const uint32_t slot : slots) {
    if ((matcher_.asked_attributes(slot) & cut) == 0) slots[kept++] = slot;
  }
  for (uint32_t slot = 0; slot < matcher_.slots(); ++slot) {
    if ((matcher_.asked_attributes(slot) & cut) == 0) continue;
    sink_.uncertain({&slot, 1}, opening.token->begin, Skip::kTagTooLong);
    if (matcher_.uses_relatives(slot)) doubt(slot);
  }
  return slots.first(kept);
}

/// Types are counted no longer: slots that ask for an index among them are in doubt from here on, and no
/// others.
void Locator::doubt_type_indices(uint64_t offset) noexcept {
  types_lost_ = counts_types_ = false;
  for (uint32_t slot = 0; slot < matcher_.slots(); ++slot) {
    if (!matcher_.asks_type_index(slot) || is_doubted(slot)) continue;
    sink_.uncertain({&slot, 1}, offset, Skip::kAmbiguous);
    doubt(slot);
  }
}

uint32_t Locator::opened(const Opening& opening) noexcept {
  OpenElements& stack = tree_.stack();
  const OpenElement& own = stack[opening.own];
  uint32_t child_index = 1, type_index = 1;
  if (opening.own != 0) {
    OpenElement& parent = stack[opening.parent];
    if (counts_children_) child_index = ++parent.children;
    if (counts_types_) {
      type_index = types_.count(parent, own.key);
      types_lost_ |= type_index == 0;
    }
  }
  if (types_lost_ && opening.token != nullptr) doubt_type_indices(opening.token->begin);
  opened_in_body_ |= opening.own > 1 && stack[1].tag == Tag::body_;
  if (opening.own <= 1) keep_attributes(opening, child_index, type_index);
  if (opening.token != nullptr)
    stack[opening.own].within = signs_.start_tag(*opening.token, opening.tag, own.within);
  std::span<uint32_t> slots = match(opening, child_index, type_index);
  if (wants_head_ && opening.tag == Tag::head_ && opening.token != nullptr) {
    matched_[slots.size()] = head_slot_;
    slots = matched_.first(slots.size() + 1);
  }
  if (slots.empty()) return kNoRecord;
  ElementSpan span;
  span.begin = opening.token->begin;
  span.content_begin = span.content_end = span.end = opening.token->end;
  span.tag = own.tag;
  span.ended_before = opening.ended_before;
  span.is_void = opening.is_void;
  span.raw_text = is_raw_text(opening.tag);
  span.lasting = opening.lasting;
  span.reopens = opening.reopens;
  span.behind_newline_eater = opening.behind_newline_eater;
  span.long_tag = opening.token->is_long;
  const bool holds =
      (own.within & kInHeld) != 0 && find_attribute(opening.token->rest(), kHoldsAttribute).has_value();
  const ElementPlace place = {own.within, holds};
  const uint32_t record = sink_.found({span, slots, place});
  return opening.is_void ? kNoRecord : record;
}

std::span<uint32_t> Locator::match(const Opening& opening, uint32_t child_index,
                                   uint32_t type_index) noexcept {
  const OpenElement& own = tree_.stack()[opening.own];
  const std::string_view name = lower_name(opening.token, opening.tag);
  const uint64_t bits = opening.token != nullptr ? opening.token->attribute_bits : 0;
  uint64_t* const parent_frame = opening.own == 0 ? frame(0) : frame(opening.parent + 1);
  uint64_t* const own_frame = opening.is_void ? nullptr : frame(opening.own + 1);
  if ((mask_of(opening.tag, name) & (bits | MatchGate::kAnyAttributes)) == 0) {
    if (frame_words_ != 0) matcher_.skip_element(parent_frame, own_frame);
    return {};
  }
  MatchElement element(opening.token, feed_.charset(), arena_);
  element.name = name;
  element.is_root = opening.own == 0;
  element.space = own.space;
  element.quirks = tree_.quirks();
  element.child_index = child_index;
  element.type_index = type_index;
  const size_t count = matcher_.start_element(element, parent_frame, own_frame, matched_);
  if (opening.token == nullptr) return {};
  std::span<uint32_t> slots = matched_.first(std::min(count, matched_.size() - 1));
  if (opening.token->cut_bits != 0) slots = without_cut(slots, opening);
  if (!slots.empty() && (own.flags & kUncertain) != 0) slots = without_relatives(slots, opening.token->begin);
  if (!slots.empty() && (any_doubted_ || all_doubted_)) slots = without_doubted(slots, opening.token->begin);
  return slots;
}

void Locator::shifted(size_t from, bool up) noexcept {
  if (frame_words_ == 0) return;
  const size_t size = tree_.stack().size();
  const size_t bytes = frame_words_ * sizeof(uint64_t);
  if (!up) {
    std::memmove(frame(from + 1), frame(from + 2), (size - from) * bytes);
  } else {
    std::memmove(frame(from + 2), frame(from + 1), (size - from - 1) * bytes);
    matcher_.skip_element(frame(from), frame(from + 1));
  }
}

}  // namespace abm::rewrite
