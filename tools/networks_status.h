// How old the lists that `abmctl networks` fetched are, as `abmctl status` shows it.
#pragma once

#include <cstdint>
#include <string>

#include "tools/output.h"

namespace abm::tools {

/// The member "lists" of an open object: an array; empty where nothing was fetched.
void write_list_states(Json& json, const std::string& data_dir);
/// The same for people; nothing where nothing was fetched.
void tell_list_states(const Output& out, const std::string& data_dir, int64_t now);

}  // namespace abm::tools
