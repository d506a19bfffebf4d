// The feed's header, and what a feed may be at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace abm::accounts {

/// The feed's first line.
struct FeedHeader {
  std::string tenant;
  uint64_t version = 0;
  int64_t generated_at = 0;           ///< Unix seconds
  std::optional<int64_t> expires_at;  ///< Unix seconds
};

/// The format this program reads, as the header's `abm` key names it.
inline constexpr std::string_view kFeedFormat = "accounts/1";

/// A feed beyond these limits is refused.
struct FeedLimits {
  uint64_t max_accounts = 4'000'000;
  size_t max_line_bytes = 4u << 20;
  unsigned max_depth = 8;
  /// Called now and then with the number of bytes of the feed done.
  std::function<void(uint64_t bytes)> progress = {};
  /// How many threads read, including the caller's; a small feed is not shared. 0: as many as the process has
  /// processors, up to 4.
  unsigned threads = 0;
};

}  // namespace abm::accounts
