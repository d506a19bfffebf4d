// The account feed: NDJSON, format accounts/1. Parsed line by line; all of it or nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/account.h"
#include "accounts/feed_format.h"
#include "accounts/feed_source.h"
#include "base/diagnostic.h"

namespace abm::accounts {

inline constexpr size_t kMaxFeedBytes = size_t{4} << 30;

struct FeedSummary {
  FeedHeader header;
  uint64_t accounts = 0;
  uint64_t unknown_keys = 0;  ///< keys that were ignored, over all lines
};

/// Reads a whole feed: the header line, then one account per line. Lines end with LF or CRLF, optional on the
/// last; empty lines are allowed only at the end. `source` and `sink` are used only by the caller's thread,
/// even if other threads read too. `sink` gets each account in feed order (the reference is valid during the
/// call); returning false stops with the summary so far. Errors carry `file_name`, line and column, name the
/// id if known, and for a duplicate id both lines. At most 20 errors are collected before parsing stops.
/// Returns std::nullopt if `diagnostics` got an error: then nothing that `sink` received may be used. With a
/// summary that the sink did not stop, the source was read to its end. Memory: about 25 times the longest
/// line per thread, plus the set of ids (8 bytes and a line number each, at most half full).
[[nodiscard]] std::optional<FeedSummary> parse_feed(FeedSource& source, const std::string& file_name,
                                                    const FeedLimits& limits, Diagnostics& diagnostics,
                                                    const std::function<bool(Account&&)>& sink);
[[nodiscard]] std::optional<FeedSummary> parse_feed(std::string_view bytes, const std::string& file_name,
                                                    const FeedLimits& limits, Diagnostics& diagnostics,
                                                    const std::function<bool(Account&&)>& sink);

/// Only the header, whatever follows: what decides whether a feed is worth reading (tenant, version, expiry).
/// `bytes` may end anywhere after the first line. std::nullopt if `diagnostics` got an error.
[[nodiscard]] std::optional<FeedHeader> parse_feed_header(std::string_view bytes,
                                                          const std::string& file_name,
                                                          const FeedLimits& limits, Diagnostics& diagnostics);

}  // namespace abm::accounts
