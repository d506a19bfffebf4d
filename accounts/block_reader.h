// Reads the lines of a block and fills in what BlockReader finds. Internal to the feed parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "accounts/account_reader.h"
#include "accounts/feed_block.h"
#include "accounts/feed_format.h"
#include "accounts/feed_line.h"
#include "accounts/feed_report.h"

namespace abm::accounts {

/// Looks at each line by itself: comparing lines is the feed parser's job. Both arguments outlive it.
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

/// False, and reported, if the current line is longer than allowed.
[[nodiscard]] bool check_length(size_t length, const FeedLimits& limits, FeedReport& report);

}  // namespace abm::accounts
