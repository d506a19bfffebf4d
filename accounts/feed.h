// The account feed: NDJSON, format accounts/1. It is parsed line by line and accepted as a whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/account.h"
#include "accounts/feed_source.h"
#include "base/diagnostic.h"

namespace abm::accounts {

/// The feed's first line.
struct FeedHeader {
  std::string tenant;
  uint64_t version = 0;
  int64_t generated_at = 0;           ///< Unix seconds
  std::optional<int64_t> expires_at;  ///< Unix seconds
};

struct FeedSummary {
  FeedHeader header;
  uint64_t accounts = 0;
  uint64_t unknown_keys = 0;  ///< keys that were left out, over all lines
};

/// What this program reads, as the header's `abm` key names it.
inline constexpr std::string_view kFeedFormat = "accounts/1";

/// A feed beyond these is refused.
struct FeedLimits {
  uint64_t max_accounts = 4'000'000;
  size_t max_line_bytes = 4u << 20;
  unsigned max_depth = 8;
  /// Told now and then how many bytes of the feed are done.
  std::function<void(uint64_t bytes)> progress = {};
  /// How many threads read, the caller's among them; a small feed is not shared. 0: as many as the process
  /// has processors, up to 4.
  unsigned threads = 0;
};

/// Reads a whole feed: the header line, then one account a line. Lines end with LF or CRLF, the last one may
/// go without; empty lines are allowed at the end only. `source` and `sink` are used by the caller's thread
/// alone, whatever reads beside it. `sink` gets each account in feed order (the reference is valid during the
/// call); returning false stops with the summary so far. Errors carry `file_name`, line and column, name the
/// id where it is known, and for a duplicate id both lines. At most 20 errors are collected before parsing
/// stops. Returns std::nullopt when `diagnostics` got an error: then nothing that `sink` received may be
/// used; with a summary that the sink did not stop, the source was read to its end. Memory: some 25 times the
/// longest line for each thread, plus the set of ids (8 bytes and a line number each, at most half full).
[[nodiscard]] std::optional<FeedSummary> parse_feed(FeedSource& source, const std::string& file_name,
                                                    const FeedLimits& limits, Diagnostics& diagnostics,
                                                    const std::function<bool(Account&&)>& sink);
[[nodiscard]] std::optional<FeedSummary> parse_feed(std::string_view bytes, const std::string& file_name,
                                                    const FeedLimits& limits, Diagnostics& diagnostics,
                                                    const std::function<bool(Account&&)>& sink);

/// Only the header, whatever follows: what decides whether a feed is worth reading (tenant, version, expiry).
/// `bytes` may end anywhere behind the first line. std::nullopt when `diagnostics` got an error.
[[nodiscard]] std::optional<FeedHeader> parse_feed_header(std::string_view bytes,
                                                          const std::string& file_name,
                                                          const FeedLimits& limits, Diagnostics& diagnostics);

}  // namespace abm::accounts
