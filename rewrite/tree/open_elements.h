// The stack of open elements (HTML 13.2.4.2), of fixed capacity. Counters by name decide a stray end tag
// without a walk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

enum class Space : uint8_t { kHtml, kSvg, kMathml };

inline constexpr uint32_t kNoRecord = UINT32_MAX;

/// Flags of an open element.
inline constexpr uint8_t kHtmlPoint = 1;  ///< HTML integration point (13.2.6)
inline constexpr uint8_t kTextPoint = 2;  ///< MathML text integration point
inline constexpr uint8_t kUncertain =
    4;  ///< not where its start tag is: its relatives in the tree are not those on the stack
inline constexpr uint8_t kNoTag =
    8;  ///< implied, or a copy made by reconstruction: it has no start tag of its own
inline constexpr uint8_t kCustomElement = 16;  ///< of a valid custom element name
inline constexpr uint8_t kShadowHost = 32;     ///< a template has given it a shadow root
inline constexpr uint8_t kInShadow = 64;       ///< in a shadow tree, or the template that stands for its root
inline constexpr uint8_t kLeaks = 128;  ///< something in it was misplaced, and stands in front of its table
/// What children have too.
inline constexpr uint8_t kInherited = kUncertain | kInShadow;

struct OpenElement {
  NameKey key = 0;
  uint32_t record = kNoRecord;  ///< what the observer returned for it
  uint32_t children = 0;        ///< element children so far, where they are counted
  uint32_t serial = 0;          ///< of its entry in the formatting list, or of a form; 0: it has none
  TagFlags traits = 0;          ///< flags_of(tag) as they apply in its namespace
  uint16_t types = 0;           ///< the observer's list of child types; 0: none
  Tag tag = Tag::kNone_;        ///< of HTML elements; kNone_ in foreign content
  Space space = Space::kHtml;
  uint8_t flags = 0;
  uint8_t within = 0;  ///< framework/page_signs.h; children have it too
};

enum class Scope : uint8_t { kDefault, kButton, kListItem, kTable };

/// Storage is the caller's. Index 0 is `html`.
class OpenElements {
 public:
  static constexpr size_t kNotFound = static_cast<size_t>(-1);

  void use(std::span<OpenElement> storage) noexcept {
    items_ = storage.data();
    capacity_ = storage.size();
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
  /// Removes from the middle; the elements above move down, in linear time.
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
      return (e.traits & (kScope | kListScope)) != 0;
    case Scope::kTable:
      return e.tag == Tag::html_ || e.tag == Tag::table_ || e.tag == Tag::template_;
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

}  // namespace abm::rewrite
