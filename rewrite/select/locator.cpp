// The locating half: storage, the gate before selector matching, frames and sibling counts, byte order marks.
#include "rewrite/select/locator.h"

#include <algorithm>
#include <cstring>

#include "rewrite/select/selector_program.h"

namespace abm::rewrite {
namespace {

constexpr size_t round_up(size_t n) {
  return (n + 7) & ~size_t{7};
}

/// Frame words that a matcher over all slots has; one over some has no more.
size_t most_frame_words(const SelectorSet& set) {
  return set.size() == 0 ? 0 : (program::View(set.bytes()).header().steps + 63) / 64;
}

/// Where each array lies in the storage block.
struct Layout {
  size_t matched, stack, frames, total;

  explicit Layout(const LocatorOptions& options) {
    const size_t slots = options.active.empty() ? options.selectors->size() : options.active.size();
    matched = SelectorMatcher::scratch_words(*options.selectors) * sizeof(uint64_t);
    stack = round_up(matched + slots * sizeof(uint32_t));
    frames = stack + round_up(options.max_depth * sizeof(OpenElement));
    total = frames + (options.max_depth + 1) * most_frame_words(*options.selectors) * sizeof(uint64_t);
  }
};

std::span<uint64_t> scratch_of(const LocatorOptions& options, void* storage) {
  return {static_cast<uint64_t*>(storage), SelectorMatcher::scratch_words(*options.selectors)};
}

}  // namespace

size_t Locator::bytes_needed(const LocatorOptions& options) noexcept {
  return Layout(options).total;
}

Locator::Locator(const LocatorOptions& options, void* storage, LocatorSink& sink) noexcept
    : sink_(sink),
      tree_(*this, gate_),
      tokenizer_(*this, options.max_tag),
      matcher_(*options.selectors, options.active, scratch_of(options, storage)),
      arena_(options.memory, options.max_tag),
      memory_(options.memory),
      charset_(options.charset) {
  frame_words_ = matcher_.frame_words();
  counts_children_ = matcher_.needs_child_index();
  counts_types_ = matcher_.needs_type_index();
  const Layout layout(options);
  char* const base = static_cast<char*>(storage);
  matched_ = static_cast<uint32_t*>(static_cast<void*>(base + layout.matched));
  matched_capacity_ = options.active.empty() ? options.selectors->size() : options.active.size();
  tree_.use(static_cast<OpenElement*>(static_cast<void*>(base + layout.stack)), options.max_depth);
  gate_.every = frame_words_ != 0 || matcher_.needs_every_element();
  gate_.drops = counts_types_;
  std::fill_n(gate_.masks, kTagCount, MatchGate::kAnyAttributes);  // not asked yet: mask_of asks once
  if (frame_words_ != 0) {
    frames_ = static_cast<uint64_t*>(static_cast<void*>(base + layout.frames));
    std::fill_n(frames_, frame_words_, uint64_t{0});
  }
  if (counts_types_) types_ = static_cast<TypeCount*>(memory_.get(kTypeCounts * sizeof(TypeCount)));
  if (types_ != nullptr) {
    for (size_t i = 1; i < kTypeCounts; ++i) types_[i].next = static_cast<uint16_t>((i + 1) % kTypeCounts);
    free_types_ = 1;
  } else if (counts_types_) {
    gave_up_ = Skip::kMemory;
  }
  if (charset_ == Charset::kUnsupported) gave_up_ = Skip::kAmbiguous;
}

Locator::~Locator() {
  if (types_ != nullptr) memory_.put(types_, kTypeCounts * sizeof(TypeCount));
}

size_t Locator::scan(std::string_view bytes, uint64_t offset) noexcept {
  if (gave_up_ != Skip::kNone) return bytes.size();
  if (bom_size_ < sizeof(bom_) && !take_bom(bytes, offset)) {
    gave_up_ = Skip::kAmbiguous;
    return bytes.size();
  }
  const size_t done = tokenizer_.scan(bytes, offset);
  if (tokenizer_.stopped()) {
    gave_up_ = tokenizer_.tag_too_long() ? Skip::kTagTooLong : tree_.gave_up();
    if (gave_up_ == Skip::kNone) gave_up_ = Skip::kAmbiguous;
  }
  return done;
}

void Locator::finish(uint64_t offset) noexcept {
  tree_.finish(offset);
}

bool Locator::take_bom(std::string_view bytes, uint64_t offset) noexcept {
  for (size_t i = 0; i < bytes.size() && bom_size_ < sizeof(bom_); ++i) {
    if (offset + i == bom_size_) bom_[bom_size_++] = static_cast<unsigned char>(bytes[i]);
  }
  if (bom_size_ >= 2 && ((bom_[0] == 0xFE && bom_[1] == 0xFF) || (bom_[0] == 0xFF && bom_[1] == 0xFE)))
    return false;
  if (bom_size_ == 3 && bom_[0] == 0xEF && bom_[1] == 0xBB && bom_[2] == 0xBF) charset_ = Charset::kUtf8;
  return true;
}

void Locator::text(std::string_view bytes, uint64_t offset) noexcept {
  static constexpr char kBom[] = "\xEF\xBB\xBF";
  while (offset < 3 && !bytes.empty() && bytes.front() == kBom[offset]) {  // a byte order mark is no text
    bytes.remove_prefix(1);
    ++offset;
  }
  if (!bytes.empty()) tree_.text(bytes, offset);
}

bool Locator::take_meta(const TagToken& token) noexcept {
  std::string_view label;
  if (const auto charset = find_attribute(token.rest(), "charset")) {
    label = charset->value;
  } else if (const auto content = find_attribute(token.rest(), "content")) {
    const auto equiv = find_attribute(token.rest(), "http-equiv");
    if (!equiv || !equals_lower(equiv->value, "content-type")) return true;
    const size_t at = content->value.find("charset=");
    if (at == std::string_view::npos) return true;
    label = content->value.substr(at + 8);
    label = label.substr(0, label.find_first_of("; \t\r\n"));
  } else {
    return true;
  }
  const Charset named = charset_from_label(label);
  if (named == Charset::kUnlabelled) return true;
  // A declaration of UTF-16 inside bytes that read as ASCII is taken as UTF-8 (HTML 13.2.3.2); other
  // encodings that hide markup, such as ISO-2022-JP, are not scanned.
  const bool utf16 = label.size() >= 6 && equals_lower(label.substr(0, 6), "utf-16");
  if (named == Charset::kUnsupported && !utf16) return false;
  charset_ = utf16 ? Charset::kUtf8 : named;
  return true;
}

std::string_view Locator::lower_name(const TagToken* token, Tag tag) noexcept {
  if (tag != Tag::kNone_) return name_of(tag);
  if (token->name.size() > kMaxName) return token->name;
  for (size_t i = 0; i < token->name.size(); ++i) name_[i] = lower(token->name[i]);
  return {name_, token->name.size()};
}

uint64_t Locator::mask_of(Tag tag, std::string_view name) noexcept {
  if (tag == Tag::kNone_) return matcher_.attribute_mask(name);
  uint64_t& mask = gate_.masks[static_cast<size_t>(tag)];
  if (mask == MatchGate::kAnyAttributes) mask = matcher_.attribute_mask(name);
  return mask;
}

uint32_t Locator::count_type(OpenElement& parent, NameKey key) noexcept {
  int seen = 0;
  for (uint16_t at = parent.types; at != 0; at = types_[at].next, ++seen) {
    if (types_[at].key == key) return ++types_[at].count;
  }
  if (free_types_ == 0 || seen >= kMaxTypesPerParent) {
    parent.flags |= kUncertain;
    return 1;
  }
  const uint16_t fresh = free_types_;
  free_types_ = types_[fresh].next;
  types_[fresh] = {key, 1, parent.types};
  parent.types = fresh;
  return 1;
}

void Locator::dropped(const OpenElement& element) noexcept {
  for (uint16_t at = element.types; at != 0;) {
    const uint16_t next = types_[at].next;
    types_[at].next = free_types_;
    free_types_ = at;
    at = next;
  }
}

/// Of an element whose relatives in the tree are not those on the stack: the slots that do not look at them.
/// The others are told as uncertain. By slot, so that what becomes of one does not depend on which others are
/// looked for.
std::span<uint32_t> Locator::without_relatives(std::span<uint32_t> slots, uint64_t begin) noexcept {
  size_t kept = 0;
  for (uint32_t slot : slots) {
    if (matcher_.uses_relatives(slot)) {
      sink_.uncertain({&slot, 1}, begin);
    } else {
      slots[kept++] = slot;
    }
  }
  return slots.first(kept);
}

uint32_t Locator::opened(const Opening& opening) noexcept {
  OpenElements& stack = tree_.stack();
  const OpenElement& own = stack[opening.own];
  uint32_t child_index = 1, type_index = 1;
  bool uncertain = (own.flags & kUncertain) != 0;
  if (opening.own != 0) {
    OpenElement& parent = stack[opening.parent];
    if (counts_children_) child_index = ++parent.children;
    if (counts_types_) {
      type_index = count_type(parent, own.key);
      uncertain |= (parent.flags & kUncertain) != 0;
    }
  }
  const std::string_view name = lower_name(opening.token, opening.tag);
  const uint64_t bits = opening.token != nullptr ? opening.token->attribute_bits : 0;
  uint64_t* const parent_frame = opening.own == 0 ? frame(0) : frame(opening.parent + 1);
  uint64_t* const own_frame = opening.is_void ? nullptr : frame(opening.own + 1);
  if ((mask_of(opening.tag, name) & (bits | MatchGate::kAnyAttributes)) == 0) {
    if (frame_words_ != 0) matcher_.skip_element(parent_frame, own_frame);
    return kNoRecord;
  }
  MatchElement element(opening.token, charset_, arena_);
  element.name = name;
  element.is_root = opening.own == 0;
  element.child_index = child_index;
  element.type_index = type_index;
  const std::span<uint32_t> matched(matched_, matched_capacity_);
  const size_t count = matcher_.start_element(element, parent_frame, own_frame, matched);
  if (count == 0 || opening.token == nullptr) return kNoRecord;
  std::span<uint32_t> slots = matched.first(std::min(count, matched.size()));
  if (uncertain) slots = without_relatives(slots, opening.token->begin);
  if (slots.empty()) return kNoRecord;
  ElementSpan span;
  span.begin = opening.token->begin;
  span.content_begin = span.content_end = span.end = opening.token->end;
  span.tag = own.tag;
  span.ended_before = opening.ended_before;
  span.is_void = opening.is_void;
  span.raw_text = is_raw_text(opening.tag);
  const uint32_t record = sink_.found({span, slots});
  return opening.is_void ? kNoRecord : record;
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

void Locator::refused(const TagToken& token) noexcept {
  // Only compounds are asked, against an empty ancestry: enough to say that something may be there.
  const std::string_view name = lower_name(&token, token.tag);
  if ((mask_of(token.tag, name) & (token.attribute_bits | MatchGate::kAnyAttributes)) == 0) return;
  MatchElement element(&token, charset_, arena_);
  element.name = name;
  uint64_t nobody[program::kMaxSteps / 64] = {};
  const std::span<uint32_t> matched(matched_, matched_capacity_);
  const size_t count = matcher_.start_element(element, nobody, nullptr, matched);
  for (uint32_t slot : matched.first(std::min(count, matched.size()))) {
    if (!matcher_.uses_relatives(slot)) sink_.uncertain({&slot, 1}, token.begin);
  }
}

}  // namespace abm::rewrite
