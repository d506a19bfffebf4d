// A run of whole lines of the feed and what they say: the piece in which feeds are read, by several threads.
// Internal to the feed parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_reader.h"
#include "accounts/feed.h"
#include "accounts/feed_line.h"
#include "accounts/feed_report.h"

namespace abm::accounts {

enum class LineKind : uint8_t { kBlank, kAccount, kRefused };

struct FeedBlockLine {
  size_t begin = 0;   ///< in the block's text
  size_t size = 0;    ///< without LF or CRLF; of a line that is too long only the beginning is there
  size_t length = 0;  ///< of the line in the feed

  // What BlockReader found:
  LineKind kind = LineKind::kBlank;
  uint64_t key = 0;           ///< hash of an account's id
  uint64_t unknown_keys = 0;  ///< left out of an account
  uint32_t id_member = 0;     ///< where the id stands: the member's number in the object
  size_t findings = 0;        ///< about a refused line; the block keeps them
};

struct FeedBlock {
  std::vector<char> text;  ///< kReadableBehindLine bytes behind the last line may be read, whatever they are
  std::vector<FeedBlockLine> lines;
  uint64_t first_number = 0;  ///< of the first line, 1-based
  uint64_t consumed = 0;      ///< bytes of the feed to the end of this block

  // What BlockReader found:
  std::vector<Account> accounts;     ///< of the lines that hold one, in order; beyond those, memory for more
  std::vector<Diagnostic> findings;  ///< of the refused lines, in order

  [[nodiscard]] std::string_view line(size_t i) const noexcept {
    return {text.data() + lines[i].begin, lines[i].size};
  }
};

/// Reads the lines of blocks, each line by itself: what two lines say to each other is the feed parser's.
class BlockReader {
 public:
  BlockReader(const std::string& file_name, const FeedLimits& limits);
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  void operator()(FeedBlock& block);

 private:
  bool read(std::string_view line, FeedBlockLine& found, Account& account);

  const FeedLimits& limits_;
  FeedReport report_;
  LineParser parser_;
  AccountReader reader_;
};

/// False, and reported, when the line in hand is longer than allowed.
[[nodiscard]] bool check_length(size_t length, const FeedLimits& limits, FeedReport& report);

}  // namespace abm::accounts
