// How sync, mirror and agent are doing, as `abmctl status` shows it.
#pragma once

#include <cstdint>
#include <string>

#include "tools/output.h"

namespace abm::tools {

/// The members "sync", "mirror" and "agent" of an open object; null where none of them has run.
void write_sync_state(Json& json, const std::string& data_dir);
/// The same for people; nothing where none has run.
void tell_sync_state(const Output& out, const std::string& data_dir, int64_t now);

}  // namespace abm::tools
