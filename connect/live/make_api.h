// The system that settings name.
#pragma once

#include <memory>

#include "base/result.h"
#include "connect/live/api.h"
#include "connect/live/settings.h"

namespace abm::connect {

/// Checks the settings and reads the secrets.
[[nodiscard]] Result<std::unique_ptr<LiveApi>> make_live_api(const LiveSettings& settings);

}  // namespace abm::connect
