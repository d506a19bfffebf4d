// Who can reach a folder.
#pragma once

#include <string>

namespace abm::tools {

/// The folder itself or one above it that keeps other users out, nginx's workers among them; "" if none does.
[[nodiscard]] std::string closed_folder(const std::string& folder);

}  // namespace abm::tools
