#include "connect/import/key_table.h"

#include "base/hash.h"

namespace abm::connect {
namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

KeyTable::KeyTable() : slots_(kFirstSlots) {}

std::string_view KeyTable::whole(uint32_t key) const noexcept {
  const size_t begin = key == 0 ? 0 : ends_[key - 1];
  return std::string_view(text_).substr(begin, ends_[key] - begin);
}

/// Where the key is, or would be.
size_t KeyTable::slot_of(std::string_view whole_key) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash64(whole_key) & mask;
  while (slots_[slot] != 0 && whole(slots_[slot] - 1) != whole_key) slot = (slot + 1) & mask;
  return slot;
}

void KeyTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (uint32_t key = 0; key < size(); ++key) slots_[slot_of(whole(key))] = key + 1;
}

uint32_t KeyTable::intern(KeyKind kind, std::string_view text) {
  std::string key(1, static_cast<char>(kind));
  key += text;
  size_t slot = slot_of(key);
  if (slots_[slot] != 0) return slots_[slot] - 1;
  text_ += key;
  ends_.push_back(text_.size());
  slots_[slot] = size();
  if (size() * 2 > slots_.size()) grow();
  return size() - 1;
}

uint32_t KeyTable::find(KeyKind kind, std::string_view text) const {
  std::string key(1, static_cast<char>(kind));
  key += text;
  const size_t slot = slot_of(key);
  return slots_[slot] == 0 ? kNone : slots_[slot] - 1;
}

}  // namespace abm::connect
