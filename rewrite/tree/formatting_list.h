// The list of active formatting elements (HTML 13.2.4.3), of fixed capacity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

/// An entry of the list of active formatting elements, or a marker (serial 0).
struct FormattingEntry {
  NameKey key = 0;
  uint64_t attributes = 0;  ///< hash of the tag's bytes after the name
  uint32_t serial = 0;
  Tag tag = Tag::kNone_;
  bool open = false;  ///< its element is on the stack
};

class FormattingList {
 public:
  static constexpr size_t kCapacity = 128;
  static constexpr size_t kNotFound = static_cast<size_t>(-1);

  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] FormattingEntry& operator[](size_t i) noexcept { return items_[i]; }
  /// How many entries have no element on the stack; 0: there is nothing to reconstruct.
  [[nodiscard]] size_t closed() const noexcept { return closed_; }
  [[nodiscard]] bool full() const noexcept { return size_ == kCapacity; }

  /// Of the entries and markers, whether open or not: what later tags find in the list. Linear in its size.
  [[nodiscard]] uint64_t hash() const noexcept { return hash_of_first(size_); }
  /// The same without those from the last marker on.
  [[nodiscard]] uint64_t hash_before_marker() const noexcept {
    size_t count = size_;
    while (count > 0 && items_[count - 1].serial != 0) --count;
    return hash_of_first(count == 0 ? 0 : count - 1);
  }
  /// What an entry of that serial adds to the hash; 0 for a marker.
  [[nodiscard]] static constexpr uint64_t mixed(uint32_t serial) noexcept {
    const uint64_t product = (serial + uint64_t{1}) * 0x9E3779B97F4A7C15u;
    return product ^ product >> 32;
  }
  void push_marker() noexcept { items_[size_++] = {}; }
  void clear_to_marker() noexcept {
    while (size_ > 0) {
      const FormattingEntry& e = items_[--size_];
      if (e.serial == 0) return;
      closed_ -= e.open ? 0 : 1;
    }
  }
  /// Appends, and drops the earliest of three equal ones after the last marker ("Noah's Ark clause").
  uint32_t push(Tag tag, NameKey key, uint64_t attributes) noexcept {
    size_t equal = 0, earliest = 0;
    for (size_t i = size_; i-- > 0 && items_[i].serial != 0;) {
      if (items_[i].tag != tag || items_[i].attributes != attributes) continue;
      ++equal;
      earliest = i;
    }
    if (equal >= 3) remove(earliest);
    items_[size_++] = {key, attributes, ++last_serial_, tag, true};
    return last_serial_;
  }
  void insert(size_t at, const FormattingEntry& entry) noexcept {
    std::memmove(items_ + at + 1, items_ + at, (size_++ - at) * sizeof(FormattingEntry));
    items_[at] = entry;
    closed_ += entry.open ? 0 : 1;
  }
  void remove(size_t at) noexcept {
    closed_ -= items_[at].open || items_[at].serial == 0 ? 0 : 1;
    std::memmove(items_ + at, items_ + at + 1, (--size_ - at) * sizeof(FormattingEntry));
  }
  void set_open(size_t at, bool open) noexcept {
    if (items_[at].open == open) return;
    items_[at].open = open;
    if (open) {
      --closed_;
    } else {
      ++closed_;
    }
  }
  [[nodiscard]] size_t find(uint32_t serial) const noexcept {
    for (size_t i = size_; i-- > 0;) {
      if (items_[i].serial == serial && serial != 0) return i;
    }
    return kNotFound;
  }
  /// The last entry of that name after the last marker.
  [[nodiscard]] size_t find_tag(Tag tag) const noexcept {
    for (size_t i = size_; i-- > 0 && items_[i].serial != 0;) {
      if (items_[i].tag == tag) return i;
    }
    return kNotFound;
  }
  /// Removes the last entry if it has that serial, and its element is on the stack. False: it has another.
  [[nodiscard]] bool pop_last(uint32_t serial) noexcept {
    if (size_ == 0 || serial == 0 || items_[size_ - 1].serial != serial) return false;
    --size_;
    return true;
  }
  uint32_t next_serial() noexcept { return ++last_serial_; }

 private:
  [[nodiscard]] uint64_t hash_of_first(size_t count) const noexcept {
    uint64_t hash = 0;
    for (size_t i = 0; i < count; ++i) hash += mixed(items_[i].serial);
    return hash;
  }

  FormattingEntry items_[kCapacity];
  size_t size_ = 0;
  size_t closed_ = 0;
  uint32_t last_serial_ = 0;
};

}  // namespace abm::rewrite
