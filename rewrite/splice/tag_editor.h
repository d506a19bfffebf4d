// Edits a start tag's attributes in place: only what an edit names is rewritten, every other byte stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/edit.h"
#include "rewrite/splice/output.h"

namespace abm::rewrite {

/// The edits of one element, ascending by slot. Where several set one attribute, the first does.
class TagEdits {
 public:
  static constexpr size_t kMost = 32;

  /// False: more edits of one element than are kept.
  bool add(const Edit& edit) noexcept {
    if (size_ == kMost) return false;
    edits_[size_++] = &edit;
    return true;
  }
  [[nodiscard]] bool any() const noexcept;  ///< whether the tag changes at all

  /// Writes the start tag at [begin, begin + tag.size()). `tag` is the whole of it.
  ///
  /// Set: the first attribute of that name gets the value in double quotes, or one is appended behind the
  /// last. Removed: all of that name go. Classes: tokens as written stay, removed ones go with the blanks
  /// before them, added ones that are not there follow; an attribute edit of `class` wins over both. hide:
  /// `hidden=""`.
  void write(std::string_view tag, uint64_t begin, Output& out) const noexcept;

 private:
  [[nodiscard]] const AttributeEdit* find(std::string_view raw_name,
                                          size_t before_edit = kMost) const noexcept;
  [[nodiscard]] bool hides() const noexcept;
  [[nodiscard]] bool changes_classes() const noexcept;
  [[nodiscard]] bool removes_class(std::string_view token) const noexcept;
  void write_classes(std::string_view whole, std::string_view value, uint64_t begin,
                     Output& out) const noexcept;
  void append_missing(std::string_view rest, Output& out) const noexcept;

  const Edit* edits_[kMost] = {};
  size_t size_ = 0;
};

}  // namespace abm::rewrite
