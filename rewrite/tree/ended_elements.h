// What one token ends: which elements, and whether an end tag written in its place would end the same ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rewrite/scan/tag_names.h"

namespace abm::rewrite {

/// The outermost of the elements that one token ended, if it ended any. One byte.
class EndedElement {
 public:
  constexpr EndedElement() noexcept = default;
  /// `end_tag` would have ended it in the same place; kNone_: no end tag would.
  explicit constexpr EndedElement(Tag end_tag) noexcept : end_tag_(end_tag) {}

  /// Whether any element ended.
  explicit constexpr operator bool() const noexcept { return end_tag_ != kNothing; }
  /// kNone_ where no end tag would have ended it in that place. Only where an element ended.
  [[nodiscard]] constexpr Tag end_tag() const noexcept { return end_tag_; }

 private:
  static constexpr Tag kNothing = Tag::kCount_;
  Tag end_tag_ = kNothing;
};

/// The elements that one token ends, inner ones added first.
class EndedElements {
 public:
  void clear() noexcept { any_ = false; }
  void add(Tag tag, TagFlags traits) noexcept {
    if (!any_) inner_ = {};
    if (any_) inner_.add(outermost_, outermost_traits_);
    any_ = true;
    outermost_ = tag;
    outermost_traits_ = traits;
  }
  [[nodiscard]] EndedElement outermost() const noexcept {
    if (!any_) return {};
    return EndedElement(inner_.allow_end(outermost_) ? outermost_ : Tag::kNone_);
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
    TagFlags traits = 0;

    void add(Tag tag, TagFlags own_traits) noexcept {
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
      return tag != Tag::li_ || (traits & kListScope) == 0;
    }
  };

  Names inner_;
  Tag outermost_ = Tag::kNone_;
  TagFlags outermost_traits_ = 0;
  bool any_ = false;
};

}  // namespace abm::rewrite
