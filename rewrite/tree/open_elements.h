// The stack of open elements and the list of active formatting elements (HTML 13.2.4.2, 13.2.4.3), both of
// fixed capacity, with counters by name so that a stray end tag is decided without a walk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

enum class Space : uint8_t { kHtml, kSvg, kMathml };

inline constexpr uint32_t kNoRecord = UINT32_MAX;

/// Flags of an open element.
inline constexpr uint8_t kHtmlPoint = 1;  ///< HTML integration point (13.2.6)
inline constexpr uint8_t kTextPoint = 2;  ///< MathML text integration point
inline constexpr uint8_t kUncertain =
    4;  ///< not where its start tag stands: its relatives are not those of the stack
inline constexpr uint8_t kNoTag =
    8;  ///< implied, or a copy that reconstruction made: no start tag of its own

struct OpenElement {
  NameKey key = 0;
  uint32_t record = kNoRecord;  ///< what the observer gave for it
  uint32_t children = 0;        ///< element children so far, where they are counted
  uint32_t serial = 0;          ///< of its entry in the formatting list, or of a form; 0: none
  uint16_t types = 0;           ///< the observer's list of child types; 0: none
  uint16_t traits = 0;          ///< flags_of(tag) as they apply in its namespace
  Tag tag = Tag::kNone_;        ///< HTML elements only; kNone_ in foreign content
  Space space = Space::kHtml;
  uint8_t flags = 0;
};

enum class Scope : uint8_t { kDefault, kButton, kListItem, kTable, kSelect };

/// Storage is the caller's. Index 0 is `html`.
class OpenElements {
 public:
  static constexpr size_t kNotFound = static_cast<size_t>(-1);

  void use(OpenElement* storage, size_t capacity) noexcept {
    items_ = storage;
    capacity_ = capacity;
  }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }
  [[nodiscard]] OpenElement& operator[](size_t i) noexcept { return items_[i]; }
  [[nodiscard]] const OpenElement& operator[](size_t i) const noexcept { return items_[i]; }
  [[nodiscard]] OpenElement& top() noexcept { return items_[size_ - 1]; }
  [[nodiscard]] const OpenElement& top() const noexcept { return items_[size_ - 1]; }
  [[nodiscard]] Tag top_tag() const noexcept { return size_ == 0 ? Tag::kNone_ : items_[size_ - 1].tag; }

  void push(const OpenElement& element) noexcept {
    items_[size_++] = element;
    ++counter(element);
  }
  /// The place of the next element, to be filled before push_filled().
  [[nodiscard]] OpenElement& next() noexcept { return items_[size_]; }
  void push_filled() noexcept { ++counter(items_[size_++]); }
  /// The same of an HTML element with a listed name.
  void push_listed(Tag tag) noexcept {
    ++size_;
    ++counts_[static_cast<size_t>(tag)];
  }
  void pop() noexcept {
    --size_;
    --counter(items_[size_]);
  }
  /// Out of the middle; what is above moves down. Linear in what is above.
  void remove(size_t at) noexcept {
    --counter(items_[at]);
    std::memmove(items_ + at, items_ + at + 1, (--size_ - at) * sizeof(OpenElement));
  }
  void insert(size_t at, const OpenElement& element) noexcept {
    std::memmove(items_ + at + 1, items_ + at, (size_++ - at) * sizeof(OpenElement));
    items_[at] = element;
    ++counter(element);
  }

  /// Whether an HTML element of that listed name is open at all: constant time.
  [[nodiscard]] bool has(Tag tag) const noexcept { return counts_[static_cast<size_t>(tag)] != 0; }
  /// Whether an element of that name may be open (elements without a listed name share counters): constant
  /// time.
  [[nodiscard]] bool may_have(Tag tag, NameKey key) const noexcept {
    return tag != Tag::kNone_ ? has(tag) : other_counts_[bucket(key)] != 0;
  }
  /// Index of the nearest one in scope, or kNotFound. `steps` grows by the entries looked at.
  [[nodiscard]] size_t find_in_scope(Tag tag, Scope scope, uint64_t& steps) const noexcept;
  [[nodiscard]] static bool bounds(const OpenElement& element, Scope scope) noexcept;

 private:
  static constexpr size_t kOtherCounters = 256;
  [[nodiscard]] static size_t bucket(NameKey key) noexcept { return (key * 0x9E3779B97F4A7C15u) >> 56; }
  [[nodiscard]] uint32_t& counter(const OpenElement& e) noexcept {
    return e.tag != Tag::kNone_ ? counts_[static_cast<size_t>(e.tag)] : other_counts_[bucket(e.key)];
  }

  OpenElement* items_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
  uint32_t counts_[kTagCount] = {};
  uint32_t other_counts_[kOtherCounters] = {};
};

inline bool OpenElements::bounds(const OpenElement& e, Scope scope) noexcept {
  switch (scope) {
    case Scope::kDefault:
      return (e.traits & kScope) != 0;
    case Scope::kButton:
      return (e.traits & kScope) != 0 || e.tag == Tag::button_;
    case Scope::kListItem:
      return (e.traits & kScope) != 0 || e.tag == Tag::ol_ || e.tag == Tag::ul_;
    case Scope::kTable:
      return e.tag == Tag::html_ || e.tag == Tag::table_ || e.tag == Tag::template_;
    case Scope::kSelect:
      return e.tag != Tag::optgroup_ && e.tag != Tag::option_;
  }
  return true;
}

inline size_t OpenElements::find_in_scope(Tag tag, Scope scope, uint64_t& steps) const noexcept {
  if (!has(tag)) return kNotFound;
  for (size_t i = size_; i-- > 0; ++steps) {
    if (items_[i].tag == tag) return i;
    if (bounds(items_[i], scope)) return kNotFound;
  }
  return kNotFound;
}

/// The elements that one token ends, told inner ones first: whether an end tag written there would end the
/// right one.
class EndedElements {
 public:
  void clear() noexcept { any_ = false; }
  void add(Tag tag, uint16_t traits) noexcept {
    if (!any_) inner_ = {};
    if (any_) inner_.add(outermost_, outermost_traits_);
    any_ = true;
    outermost_ = tag;
    outermost_traits_ = traits;
  }
  [[nodiscard]] bool any() const noexcept { return any_; }
  /// Of the outermost, kNone_ where its end tag would not end it and all inside.
  [[nodiscard]] Tag outermost() const noexcept {
    return inner_.allow_end(outermost_) ? outermost_ : Tag::kNone_;
  }
  /// Whether the end tag of an element around all these would end it and them.
  [[nodiscard]] bool allow_end(Tag tag) const noexcept {
    if (!any_) return true;
    Names all = inner_;
    all.add(outermost_, outermost_traits_);
    return all.allow_end(tag);
  }

 private:
  struct Names {
    uint64_t bits[(kTagCount + 63) / 64] = {};
    uint16_t traits = 0;

    void add(Tag tag, uint16_t own_traits) noexcept {
      bits[static_cast<size_t>(tag) / 64] |= uint64_t{1} << static_cast<size_t>(tag) % 64;
      traits |= own_traits;
    }
    [[nodiscard]] bool has(Tag tag) const noexcept {
      return (bits[static_cast<size_t>(tag) / 64] >> static_cast<size_t>(tag) % 64 & 1) != 0;
    }
    /// An end tag ends the nearest of its name (of headings any), and none beyond what bounds its scope
    /// (13.2.4.2).
    [[nodiscard]] bool allow_end(Tag tag) const noexcept {
      if (has(tag) || (traits & flags_of(tag) & kHeading) != 0) return false;
      if (has_any(tag, kTablePart)) return !has(Tag::table_) && !has(Tag::template_);
      if ((traits & kScope) != 0 || (tag == Tag::p_ && has(Tag::button_))) return false;
      return tag != Tag::li_ || (!has(Tag::ol_) && !has(Tag::ul_));
    }
  };

  Names inner_;
  Tag outermost_ = Tag::kNone_;
  uint16_t outermost_traits_ = 0;
  bool any_ = false;
};

/// An entry of the list of active formatting elements, or a marker (serial 0).
struct FormattingEntry {
  NameKey key = 0;
  uint64_t attributes = 0;  ///< hash of the tag's bytes behind the name
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
  /// Entries whose element is not on the stack, all of them: 0 means that there is nothing to reconstruct.
  [[nodiscard]] size_t closed() const noexcept { return closed_; }
  [[nodiscard]] bool full() const noexcept { return size_ == kCapacity; }

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
      if (items_[i].tag == tag && items_[i].attributes == attributes) ++equal, earliest = i;
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
    open ? --closed_ : ++closed_;
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
  /// Removes the last entry if its element, on the stack, is that of `serial`. False: it is not.
  [[nodiscard]] bool pop_last(uint32_t serial) noexcept {
    if (size_ == 0 || serial == 0 || items_[size_ - 1].serial != serial) return false;
    --size_;
    return true;
  }
  uint32_t next_serial() noexcept { return ++last_serial_; }

 private:
  FormattingEntry items_[kCapacity];
  size_t size_ = 0;
  size_t closed_ = 0;
  uint32_t last_serial_ = 0;
};

}  // namespace abm::rewrite
