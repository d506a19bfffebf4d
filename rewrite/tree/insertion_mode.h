// Insertion modes (HTML 13.2.4.1), and the stack of template insertion modes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace abm::rewrite {

/// In the order of a page: those before the body, those in it, those after it. "In head noscript" is missing
/// because scripting is on, and "text" because the tokenizer handles it.
enum class InsertionMode : uint8_t {
  kInitial,
  kBeforeHtml,
  kBeforeHead,
  kInHead,
  kAfterHead,
  kInBody,
  kInTable,
  kInColumnGroup,
  kInTableBody,
  kInRow,
  kInCell,
  kInCaption,
  kInSelect,
  kInSelectInTable,
  kInTemplate,
  kInFrameset,
  kAfterBody,
  kAfterAfterBody,
  kAfterFrameset,
  kAfterAfterFrameset,
};

/// Modes in which text can do more than reopen formatting elements: it may begin the body, or end something.
[[nodiscard]] constexpr bool text_changes_mode(InsertionMode mode) noexcept {
  return mode <= InsertionMode::kAfterHead || mode == InsertionMode::kInColumnGroup ||
         mode >= InsertionMode::kAfterBody;
}

/// Modes in which a select element is inside a table.
[[nodiscard]] constexpr bool is_table_mode(InsertionMode mode) noexcept {
  return mode == InsertionMode::kInTable || mode == InsertionMode::kInCaption ||
         mode == InsertionMode::kInTableBody || mode == InsertionMode::kInRow ||
         mode == InsertionMode::kInCell;
}

/// The mode of each open template.
class TemplateModes {
 public:
  [[nodiscard]] bool full() const noexcept { return size_ == kCapacity; }
  void push(InsertionMode mode) noexcept { modes_[size_++] = mode; }
  void pop() noexcept {
    if (size_ != 0) --size_;
  }
  /// Of the innermost template; "in body" where none is open.
  [[nodiscard]] InsertionMode current() const noexcept {
    return size_ == 0 ? InsertionMode::kInBody : modes_[size_ - 1];
  }
  void replace_current(InsertionMode mode) noexcept { modes_[size_ - 1] = mode; }

 private:
  static constexpr size_t kCapacity = 64;
  InsertionMode modes_[kCapacity] = {};
  size_t size_ = 0;
};

}  // namespace abm::rewrite
