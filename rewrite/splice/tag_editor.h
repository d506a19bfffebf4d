// Edits a start tag's attributes in place: only what an edit names is rewritten; every other byte stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rewrite/edit.h"
#include "rewrite/splice/output.h"

namespace abm::rewrite {

/// The edits of one element, ascending by slot. Where several set the same attribute, the first wins.
class TagEdits {
 public:
  static constexpr size_t kMost = 32;

  /// False: there is no room for another edit of this element.
  bool add(const Edit& edit) noexcept {
    if (size_ == kMost) return false;
    edits_[size_++] = &edit;
    return true;
  }
  [[nodiscard]] bool any() const noexcept;  ///< whether the tag changes at all

  /// Writes the start tag at [begin, begin + tag.size()). `tag` is the whole of it.
  ///
  /// To set an attribute, the first one of that name gets the value in double quotes, or a new one is
  /// appended. To remove it, all of that name go. Classes stay as written; removed ones go with the blanks
  /// before them, and added ones that are missing follow. An attribute edit of `class` wins over edits of
  /// classes. `hide` writes `hidden=""`.
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
