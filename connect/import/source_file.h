// The file of a source, which is read from its start more than once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "accounts/feed_source.h"
#include "base/result.h"

namespace abm::connect {

/// Opens the file anew, from its start, each time.
using OpenSource = std::function<Result<std::unique_ptr<accounts::FeedSource>>()>;

/// The file's bytes.
[[nodiscard]] Result<std::unique_ptr<accounts::FeedSource>> open_source_file(const std::string& path);

}  // namespace abm::connect
