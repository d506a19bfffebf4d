// Tree construction: active formatting elements, their reconstruction, and the adoption agency
// (HTML 13.2.4.3, 13.2.6.4.7). There is no tree to move elements in: where the algorithm moves one, its bytes
// are no longer its content, and its record ends as ambiguous.
#include "base/hash.h"
#include "rewrite/tree/tree_simulator.h"

namespace abm::rewrite {

void TreeSimulator::push_marker() noexcept {
  if (formatting_.full()) return give_up(Skip::kDepth);
  formatting_.push_marker();
}

void TreeSimulator::reconstruct() noexcept {
  if (formatting_.closed() == 0) return;
  size_t from = formatting_.size();
  while (from > 0 && formatting_[from - 1].serial != 0 && !formatting_[from - 1].open) --from;
  for (size_t i = from; i < formatting_.size(); ++i) {
    FormattingEntry& entry = formatting_[i];
    reopened_ = true;
    if (fosters()) mark_leaks();
    insert_implied(entry.tag);
    if (gave_up_ != Skip::kNone) return;
    ++steps_;
    stack_.top().serial = entry.serial;
    stack_.top().flags |= kUncertain;
    formatting_.set_open(i, true);
  }
}

void TreeSimulator::start_formatting(const TagToken& t) noexcept {
  if (t.tag == Tag::a_) {
    const size_t earlier = formatting_.find_tag(Tag::a_);
    if (earlier != FormattingList::kNotFound) {
      const uint32_t serial = formatting_[earlier].serial;
      adoption_agency(Tag::a_, t);
      ended_.add(Tag::a_, kFormatting);  // open or closed: it is not opened again after this tag
      const size_t still = formatting_.find(serial);
      if (still != FormattingList::kNotFound) formatting_.remove(still);
      for (size_t i = stack_.size(); i-- > 0; ++steps_) {
        if (stack_[i].serial != serial) continue;
        stack_[i].serial = 0;
        remove_from_middle(i);
        break;
      }
    }
  }
  reconstruct();
  if (t.tag == Tag::nobr_ && in_scope(Tag::nobr_) != OpenElements::kNotFound) {
    adoption_agency(Tag::nobr_, t);
    reconstruct();
  }
  if (formatting_.full()) return give_up(Skip::kDepth);
  insert(t, t.tag);
  if (gave_up_ != Skip::kNone) return;
  stack_.top().serial = t.is_long ? formatting_.push(t.tag, t.key, t.rest_hash)
                                  : list_formatting(t.tag, t.key, t.attribute_bits, t.rest());
}

uint32_t TreeSimulator::list_formatting(Tag tag, NameKey key, uint64_t attribute_bits,
                                        std::string_view rest) noexcept {
  return formatting_.push(tag, key, attribute_bits == 0 ? 0 : hash64(rest));
}

void TreeSimulator::end_formatting(const TagToken& t) noexcept {
  if (stack_.top().tag == t.tag && formatting_.size() != 0 && stack_.top().serial != 0 &&
      formatting_[formatting_.size() - 1].serial == stack_.top().serial) {
    pop();
    formatting_.remove(formatting_.size() - 1);
    return;
  }
  adoption_agency(t.tag, t);
}

void TreeSimulator::adoption_agency(Tag tag, const TagToken& t) noexcept {
  if (stack_.top().tag == tag && formatting_.find(stack_.top().serial) == FormattingList::kNotFound)
    return pop();
  for (int round = 0; round < 8; ++round) {
    if (!adopt_once(tag, t)) return;
  }
}

bool TreeSimulator::adopt_once(Tag tag, const TagToken& t) noexcept {
  size_t entry = formatting_.find_tag(tag);
  if (entry == FormattingList::kNotFound) {
    if (t.is_end) any_other_end(t);
    return false;
  }
  if (!formatting_[entry].open) {
    formatting_.remove(entry);
    return false;
  }
  const uint32_t serial = formatting_[entry].serial;
  size_t element = stack_.size(), block = OpenElements::kNotFound;
  bool in_scope = true;
  while (element-- > 0 && stack_[element].serial != serial) {
    ++steps_;
    if ((stack_[element].traits & kSpecial) != 0) block = element;
    in_scope = in_scope && !OpenElements::bounds(stack_[element], Scope::kDefault);
  }
  if (!in_scope) return false;
  if (block == OpenElements::kNotFound) {
    pop_to(element);
    entry = formatting_.find(serial);
    if (entry != FormattingList::kNotFound) formatting_.remove(entry);
    return false;
  }
  // Misnested: everything above the formatting element, and the element itself, is moved or copied.
  for (size_t i = element; i < stack_.size(); ++i, ++steps_) {
    end_record(stack_[i], true);
    stack_[i].flags |= kUncertain;
  }
  size_t bookmark = entry;
  int counter = 0;
  for (size_t node = block; --node > element;) {
    ++counter;
    size_t in_list = formatting_.find(stack_[node].serial);
    if (in_list != FormattingList::kNotFound && counter > 3) {
      formatting_.remove(in_list);
      if (in_list < bookmark) --bookmark;
      stack_[node].serial = 0;
      in_list = FormattingList::kNotFound;
    }
    if (in_list == FormattingList::kNotFound) {
      stack_[node].serial = 0;
      remove_from_middle(node);
      --block;
      continue;
    }
    stack_[node].flags |= kNoTag;  // a copy takes its place
    if (node + 1 == block) bookmark = in_list + 1;
  }
  FormattingEntry copy = formatting_[formatting_.find(serial)];
  copy.serial = formatting_.next_serial();
  OpenElement fresh = stack_[element];
  fresh.serial = copy.serial;
  fresh.flags |= kNoTag;
  fresh.types = 0;
  entry = formatting_.find(serial);
  formatting_.remove(entry);
  if (entry < bookmark) --bookmark;
  formatting_.insert(bookmark, copy);
  stack_[element].serial = 0;
  remove_from_middle(element);
  --block;
  stack_.insert(block + 1, fresh);
  observer_.shifted(block + 1, true);
  return true;
}

}  // namespace abm::rewrite
