// How live sources are doing, as `abmctl status` shows it.
#pragma once

#include <cstdint>
#include <string>

#include "connect/live/live_state.h"
#include "tools/output.h"

namespace abm::tools {

/// The member "live_sources" of an open object: an array; empty where nothing was ever asked.
void write_live_states(Json& json, const std::string& data_dir);
/// The same for people; nothing where nothing was ever asked.
void tell_live_states(const Output& out, const std::string& data_dir, int64_t now);

/// "250 rows, read 5 minutes ago, changed 2 hours ago, 903 of 250000 requests used".
[[nodiscard]] std::string live_text(const connect::LiveState& state, int64_t now);

}  // namespace abm::tools
