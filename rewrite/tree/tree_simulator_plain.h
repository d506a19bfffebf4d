// The short ways of TreeSimulator: what most tags of most pages need, to be inlined into the tokenizer.
// Included by tree_builder.h only.
#pragma once

namespace abm::rewrite {

// Where plain_, the stack is never empty.
inline bool TreeSimulator::plain_start(Tag tag, NameKey key, uint64_t attribute_bits,
                                       std::string_view rest) noexcept {
  const PlainStart rule = kPlainStarts.of[static_cast<size_t>(tag)];
  if (rule == PlainStart::kNo || !plain_ || gate_.wants(tag, attribute_bits) || stack_.full()) return false;
  const OpenElement& parent = stack_.top();
  if (parent.space != Space::kHtml) return false;
  uint32_t serial = 0;
  switch (rule) {
    case PlainStart::kVoidRule:
      frameset_ok_ = false;
      return true;
    case PlainStart::kFormattingRule:
      // While no entry is closed, an "a" of the list is open.
      if (formatting_.full() || (tag == Tag::a_ && stack_.has(Tag::a_))) return false;
      serial = list_formatting(tag, key, attribute_bits, rest);
      break;
    case PlainStart::kListItemRule:
      // An item that is open is not ended from within a list of its own.
      if (stack_.has(Tag::p_) || (stack_.has(Tag::li_) && parent.tag != Tag::ul_ && parent.tag != Tag::ol_))
        return false;
      frameset_ok_ = false;
      break;
    case PlainStart::kHeadingRule:
      if ((parent.traits & kHeading) != 0) return false;
      [[fallthrough]];
    case PlainStart::kBlockRule:
      if (stack_.has(Tag::p_)) return false;
      break;
    default:
      break;
  }
  OpenElement& element = stack_.next();
  element = {};
  element.key = key;
  element.serial = serial;
  element.tag = tag;
  element.traits = kTagTraits.of[static_cast<size_t>(tag)];
  element.flags = parent.flags & kUncertain;
  stack_.push_listed(tag);
  return true;
}

inline size_t TreeSimulator::plain_end(const char* name, const char* end) noexcept {
  if (std::endian::native != std::endian::little || !plain_ || end - name < 8) return 0;
  const OpenElement& top = stack_.top();
  if ((top.traits & (kPlainEnd | kFormatting)) == 0 || top.record != kNoRecord) return 0;
  const size_t size = packed_size(top.key);
  if (size >= 8) return 0;
  // The name as the key has it, then ">", in one comparison. Names in upper case go the long way.
  uint64_t word;
  std::memcpy(&word, name, sizeof(word));
  if (((word ^ (top.key | uint64_t{'>'} << (8 * size))) << (56 - 8 * size)) != 0) return 0;
  if ((top.traits & kFormatting) != 0 && !formatting_.pop_last(top.serial)) return 0;
  stack_.pop();
  return size + 1;
}

}  // namespace abm::rewrite
