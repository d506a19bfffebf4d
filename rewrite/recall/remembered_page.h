// A page that was seen before, with what its scan told, and where it changes from request to request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "rewrite/recall/page_log.h"

namespace abm::rewrite {

/// Where a gap's bytes end, whatever they are.
enum class GapKind : uint8_t {
  kDoubleQuoted,  ///< at `"`, in an attribute's value
  kSingleQuoted,  ///< at "'", in the same
  kText,          ///< at "<"
  kRawText,       ///< at "<", "-" or ">": nothing but these can begin or end what is no text there
  kComment,       ///< at "-", "!" or ">"
};

/// Bytes of a remembered page in whose place others may stand: no byte that does not end them changes what
/// the scan tells. Offsets in the remembered page; the byte at `end` ends the gap.
struct PageGap {
  uint32_t begin = 0, end = 0;
  uint32_t tag_begin = 0, tag_end = 0;  ///< of the start tag that it is in; both 0: in none
  GapKind kind = GapKind::kText;

  bool operator==(const PageGap&) const = default;
};

/// Most gaps of a page.
inline constexpr size_t kMostGaps = 64;

/// Immutable.
struct RememberedPage {
  std::string_view bytes;  ///< borrowed from whoever keeps the page
  std::shared_ptr<const PageLog> log;
  std::vector<PageGap> gaps;  ///< ascending, at most kMostGaps, none touches another
};

/// Whether the bytes on either side may touch. Two dashes of raw text or of a comment may not.
[[nodiscard]] constexpr bool may_be_empty(GapKind kind) noexcept {
  return kind != GapKind::kRawText && kind != GapKind::kComment;
}

/// The bytes of which the first one ends a gap of that kind.
[[nodiscard]] constexpr std::string_view ends_of(GapKind kind) noexcept {
  constexpr std::array<std::string_view, 5> kEnds = {"\"", "'", "<", "<->", "-!>"};
  return kEnds[static_cast<size_t>(kind)];
}
/// Where in `bytes` a gap of that kind ends; npos: not there.
[[nodiscard]] inline size_t end_of_gap(GapKind kind, std::string_view bytes) noexcept {
  const std::string_view ends = ends_of(kind);
  return ends.size() == 1 ? bytes.find(ends.front()) : bytes.find_first_of(ends);
}

}  // namespace abm::rewrite
