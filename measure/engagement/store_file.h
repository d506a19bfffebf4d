// The file that visits are kept in, before SQLite opens it: whose it is, and where a damaged one goes.
#pragma once

#include <string>

#include "base/result.h"

namespace abm::measure {

/// Makes the file if it is not there, for its owner only: which companies came is not for everybody who may
/// read generations. As root it belongs to the owner of its folder, as does one that root made earlier, with
/// what SQLite keeps beside it. One that this user may not write is an error that says whose it is. An open
/// database loses none of its locks by this.
[[nodiscard]] Result<void> ready_store_file(const std::string& path);

/// PATH and what SQLite keeps beside it become PATH.damaged-N …; returns that name.
[[nodiscard]] Result<std::string> set_store_file_aside(const std::string& path);

}  // namespace abm::measure
