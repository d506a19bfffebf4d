// Texts stored once each and numbered in order of first use: the snapshot's string section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/blocks.h"

namespace abm::accounts {

/// String 0 is "". Memory: the text, 4 bytes per string, and 8 per slot of a table at most 3/4 full.
class StringTable {
 public:
  StringTable();

  /// The number of `text`, and whether it is new. Text beyond 4 GiB in total is not stored: see full().
  std::pair<uint32_t, bool> intern(std::string_view text);
  /// Stores `text` under a new number without looking for an equal one; intern() will not find it. For text
  /// known to be unique, such as ids.
  uint32_t add_unique(std::string_view text);

  /// XXH3-64 of a text.
  [[nodiscard]] uint64_t hash_of(uint32_t number) const noexcept;
  /// Whether two numbers refer to equal text.
  [[nodiscard]] bool same(uint32_t a, uint32_t b) const noexcept;
  [[nodiscard]] uint32_t size() const noexcept { return static_cast<uint32_t>(ends_.size()); }
  [[nodiscard]] uint64_t text_bytes() const noexcept { return text_.size(); }
  [[nodiscard]] bool full() const noexcept { return full_; }

  /// Appends size() + 1 offsets (u32), then the text, and frees the memory as it goes.
  void drain(std::string& out);

 private:
  struct Slot {
    uint32_t tag;     // low half of the hash
    uint32_t number;  // 0 = empty
  };
  void grow();
  [[nodiscard]] size_t size_of(uint32_t number) const noexcept { return ends_[number] - begin_of(number); }
  [[nodiscard]] size_t begin_of(uint32_t number) const noexcept {
    return number == 0 ? 0 : ends_[number - 1];
  }

  Blocks<char, 21> text_;
  Blocks<uint32_t, 19> ends_;
  std::vector<Slot> slots_;
  uint64_t mask_ = 0;
  size_t used_ = 0;
  bool full_ = false;
};

}  // namespace abm::accounts
