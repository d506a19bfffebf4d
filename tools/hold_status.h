// Whether rules are held since a rollback, as rollback, publish and status show it.
#pragma once

#include <string>

#include "tools/output.h"

namespace abm::tools {

/// The member "held" of an open object: an object, null if nothing is held; "fault" in it where nobody can
/// tell what is.
void write_hold(Json& json, const std::string& data_dir);
/// The same for people; nothing where nothing is held.
void tell_hold(const Output& out, const std::string& data_dir);

}  // namespace abm::tools
