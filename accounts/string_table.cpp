// Open addressing over (hash tag, number); texts are compared only if their tags agree.
#include "accounts/string_table.h"

#include <limits>

#include "base/hash.h"

namespace abm::accounts {
namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

StringTable::StringTable() : slots_(kFirstSlots), mask_(kFirstSlots - 1) {
  ends_.push_back(0);
}

std::pair<uint32_t, bool> StringTable::intern(std::string_view text) {
  if (text.empty()) return {0, false};
  const auto tag = static_cast<uint32_t>(hash64(text));
  uint64_t at = tag & mask_;
  for (; slots_[at].number != 0; at = (at + 1) & mask_) {
    const Slot& slot = slots_[at];
    if (slot.tag != tag) continue;
    if (size_of(slot.number) == text.size() &&
        text_.equals(begin_of(slot.number), text.data(), text.size())) {
      return {slot.number, false};
    }
  }
  const uint32_t number = add_unique(text);
  if (number == 0) return {0, false};
  slots_[at] = {tag, number};
  if (++used_ * 4 > slots_.size() * 3) grow();
  return {number, true};
}

uint32_t StringTable::add_unique(std::string_view text) {
  if (text.empty()) return 0;
  if (text_.size() + text.size() > std::numeric_limits<uint32_t>::max()) {
    full_ = true;
    return 0;
  }
  text_.append(text.data(), text.size());
  ends_.push_back(static_cast<uint32_t>(text_.size()));
  return static_cast<uint32_t>(ends_.size() - 1);
}

uint64_t StringTable::hash_of(uint32_t number) const noexcept {
  return text_.with(begin_of(number), size_of(number), [](const char* text, size_t size) {
    return hash64({text, size});
  });
}

bool StringTable::same(uint32_t a, uint32_t b) const noexcept {
  const size_t size = size_of(a);
  return size == size_of(b) && text_.with(begin_of(a), size, [&](const char* text, size_t) {
    return text_.equals(begin_of(b), text, size);
  });
}

void StringTable::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const uint64_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == 0) continue;
    uint64_t at = slot.tag & mask;
    while (larger[at].number != 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
  mask_ = mask;
}

void StringTable::drain(std::string& out) {
  slots_ = {};
  out.append(sizeof(uint32_t), '\0');  // where the first begins
  ends_.drain(out);
  text_.drain(out);
}

}  // namespace abm::accounts
