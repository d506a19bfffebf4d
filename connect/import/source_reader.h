// One source → records, with a note for each value that was changed or left out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/feed_source.h"
#include "base/result.h"
#include "connect/import/source_context.h"

namespace abm::connect {

/// The first column of a table that was kept from an earlier reading: its cells are lines of the original,
/// and its header names whose export it was: "abm:line hubspot".
inline constexpr std::string_view kKeptColumn = "abm:line";

/// Opens the file anew, from its start, each time.
using OpenSource = std::function<Result<std::unique_ptr<accounts::FeedSource>>()>;

/// The error says why the source cannot be used as a whole; what came before may have been taken.
[[nodiscard]] Result<void> read_table_source(const OpenSource& open, const SourceContext& context);
[[nodiscard]] Result<void> read_feed_source(const OpenSource& open, const SourceContext& context,
                                            std::optional<int64_t>& expires_at);

/// The file's bytes.
[[nodiscard]] Result<std::unique_ptr<accounts::FeedSource>> open_source_file(const std::string& path);

}  // namespace abm::connect
