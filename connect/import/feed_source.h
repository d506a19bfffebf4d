// An account feed as one source among others → records.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "connect/import/source_context.h"
#include "connect/import/source_file.h"

namespace abm::connect {

/// `expires_at` becomes the feed's, if that is earlier. The error says why the source cannot be used as a
/// whole; what came before may have been taken.
[[nodiscard]] Result<void> read_feed_source(const OpenSource& open, const SourceContext& context,
                                            std::optional<int64_t>& expires_at);

}  // namespace abm::connect
