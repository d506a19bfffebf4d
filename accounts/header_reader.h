// Reads the feed's first line. Internal to the parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "accounts/feed_format.h"
#include "accounts/feed_line.h"
#include "accounts/feed_report.h"

namespace abm::accounts {

/// The header on `line`; std::nullopt after reporting what is wrong with it. Adds
/// unknown keys to `unknown_keys`.
[[nodiscard]] std::optional<FeedHeader> read_header(std::string_view line, LineParser& parser,
                                                    FeedReport& report, uint64_t& unknown_keys);

}  // namespace abm::accounts
