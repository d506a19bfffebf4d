// A file's bytes with the starts of its lines: positions and excerpts for diagnostics
// without rescanning the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace abm::yaml {

/// Lines end with LF; a CR before it belongs to the line end. Borrows `bytes`, which must outlive it.
class SourceText {
 public:
  SourceText() = default;
  explicit SourceText(std::string_view bytes);

  /// Line `line` (1-based) without its end, "" if there is none.
  [[nodiscard]] std::string_view line(uint32_t line) const noexcept;
  /// Position of byte `offset` (≤ size): line and column in code points.
  [[nodiscard]] Position position(size_t offset) const noexcept;
  /// The first line of more than `limit` bytes (including its end), 0 for none.
  [[nodiscard]] uint32_t longer_line(size_t limit) const noexcept;
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
  std::vector<size_t> starts_;
};

/// Code points in `text`; a byte that is not UTF-8 counts as one.
[[nodiscard]] uint32_t count_points(std::string_view text) noexcept;
/// Byte offset of code point `column` (1-based) in `line`; its size if the line is shorter.
[[nodiscard]] size_t offset_of_column(std::string_view line, uint32_t column) noexcept;

}  // namespace abm::yaml
