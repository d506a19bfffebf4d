// Reads and writes the tokens of CSS Syntax Level 3 that make up selectors: identifiers, strings, escapes,
// blanks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "rewrite/select/selector_error.h"

namespace abm::rewrite {

/// A cursor over a selector's text. The text is valid UTF-8 without NUL and outlives the cursor. Keeps its
/// first error.
class CssCursor {
 public:
  explicit CssCursor(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] size_t offset() const noexcept { return at_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  /// The byte `ahead` bytes further on, or NUL past the end.
  [[nodiscard]] char peek(size_t ahead = 0) const noexcept {
    return ahead < text_.size() - at_ ? text_[at_ + ahead] : '\0';
  }
  void advance(size_t bytes = 1) noexcept { at_ += bytes; }
  [[nodiscard]] bool take(char c) noexcept;
  [[nodiscard]] std::string_view from(size_t begin) const noexcept {
    return text_.substr(begin, at_ - begin);
  }

  /// Comments separate nothing (CSS Syntax 4.3.2). An unclosed one is an error.
  void skip_comments();
  /// Skips blanks and comments; true if there was a blank.
  bool skip_blanks();
  /// "Would start an ident sequence" (CSS Syntax 4.3.9), `ahead` bytes further on.
  [[nodiscard]] bool starts_identifier(size_t ahead = 0) const noexcept;
  [[nodiscard]] bool starts_name(size_t ahead = 0) const noexcept;  ///< one code point of an ident sequence
  /// Consumes an ident sequence (4.3.11), escapes decoded.
  [[nodiscard]] std::string take_name();
  /// Consumes a quoted string (4.3.5); std::nullopt after an error.
  [[nodiscard]] std::optional<std::string> take_string();

  void fail(size_t offset, std::string message);
  [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
  [[nodiscard]] const std::optional<SelectorError>& error() const noexcept { return error_; }
  /// The code point at the cursor in quotes, or "the end", for messages.
  [[nodiscard]] std::string quoted_here() const;

 private:
  [[nodiscard]] bool is_escape(size_t ahead) const noexcept;  ///< 4.3.8
  void take_escape(std::string& out);                         ///< 4.3.7, the backslash included

  std::string_view text_;
  size_t at_ = 0;
  std::optional<SelectorError> error_;
};

[[nodiscard]] constexpr bool is_css_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// "Serialize an identifier" and "serialize a string" of CSSOM 2.1.
void append_css_identifier(std::string& out, std::string_view name);
void append_css_string(std::string& out, std::string_view value);

}  // namespace abm::rewrite
