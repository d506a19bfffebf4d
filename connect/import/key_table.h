// What companies are told by: ids, domains, names, each stored once and numbered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace abm::connect {

/// Kinds of keys, in the order of how much they tell. The first letter of a key's text.
enum class KeyKind : char { kId = 'a', kCrmId = 'b', kDomain = 'c', kName = 'd' };

/// Memory: the text, 4 bytes for each key, and 4 for each slot of a table that is at most half full.
class KeyTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  KeyTable();
  /// The number of a key, which is new or was there.
  [[nodiscard]] uint32_t intern(KeyKind kind, std::string_view text);
  /// kNone if it is not there.
  [[nodiscard]] uint32_t find(KeyKind kind, std::string_view text) const;
  [[nodiscard]] uint32_t size() const noexcept { return static_cast<uint32_t>(ends_.size()); }
  [[nodiscard]] KeyKind kind(uint32_t key) const noexcept { return static_cast<KeyKind>(whole(key).front()); }
  /// Without the kind; valid as long as the table.
  [[nodiscard]] std::string_view text(uint32_t key) const noexcept { return whole(key).substr(1); }

 private:
  [[nodiscard]] std::string_view whole(uint32_t key) const noexcept;
  [[nodiscard]] size_t slot_of(std::string_view whole_key) const;
  void grow();

  std::string text_;
  std::vector<uint64_t> ends_;
  std::vector<uint32_t> slots_;  // number + 1; 0: empty
};

}  // namespace abm::connect
