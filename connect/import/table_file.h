// What reading any table of an export needs, whatever its columns are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/import/encoding.h"
#include "connect/import/source_file.h"

namespace abm::connect {

inline constexpr size_t kMostTitleLines = 20;  ///< above the header, with the header
inline constexpr uint64_t kMostTableRows = 8'000'000;

/// The encoding that `named` says, else that of the whole file. An error: it is larger than a source may be,
/// or no table at all. `name`: of the file, for people.
[[nodiscard]] Result<Encoding> find_table_encoding(const OpenSource& open, const std::string& named,
                                                   const std::string& name);

/// "'Company', 'Domain' and 3 more"
[[nodiscard]] std::string joined_headers(const std::vector<std::string>& headers);

}  // namespace abm::connect
