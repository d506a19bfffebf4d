// A run of whole lines of the feed and what they say: the unit in which a feed is read.
// Internal to the feed parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/key_lines.h"
#include "base/diagnostic.h"

namespace abm::accounts {

/// Bytes after a line that may be read, whatever they are: JSON parsers look ahead.
inline constexpr size_t kReadableBehindLine = 64;

enum class LineKind : uint8_t { kBlank, kAccount, kRefused };

struct FeedBlockLine {
  size_t begin = 0;   ///< in the block's text
  size_t size = 0;    ///< without LF or CRLF; for a line that is too long perhaps only its beginning
  size_t length = 0;  ///< of the whole line in the feed

  // What BlockReader found; before that, every line is blank:
  LineKind kind = LineKind::kBlank;
  IdKey key = {};             ///< of an account's id
  uint64_t unknown_keys = 0;  ///< ignored in an account
  uint32_t id_member = 0;     ///< where the id is: its member number in the object
  size_t findings = 0;        ///< about a refused line; the block keeps them
};

struct FeedBlock {
  std::vector<char> text;  ///< kReadableBehindLine bytes after the last line are readable
  std::vector<FeedBlockLine> lines;
  uint64_t first_number = 0;  ///< of the first line, 1-based
  uint64_t consumed = 0;      ///< bytes of the feed to the end of this block

  // What BlockReader found:
  std::vector<Account> accounts;     ///< from the lines that hold one, in order; more are memory for reuse
  std::vector<Diagnostic> findings;  ///< about the refused lines, in order
  unsigned times_read = 0;           ///< blocks are reused

  [[nodiscard]] std::string_view line(size_t i) const noexcept {
    return {text.data() + lines[i].begin, lines[i].size};
  }
};

}  // namespace abm::accounts
