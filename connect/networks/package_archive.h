// An npm package: a gzip-compressed tar archive (POSIX.1-1988 ustar, with pax headers, which are skipped).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::connect {

/// The contents of the regular files `names` ("package/asn-ipv4.csv"); an error if one is missing, the
/// archive is damaged, or it is larger than `max_bytes` decompressed.
[[nodiscard]] Result<std::map<std::string, std::string>> read_package(std::string_view archive,
                                                                      const std::vector<std::string>& names,
                                                                      uint64_t max_bytes);

/// Whether the bytes are those of an npm `integrity`: "sha512-BASE64", perhaps several with blanks between,
/// of which any sha512 one counts. Without one of these, an error.
[[nodiscard]] Result<void> check_integrity(std::string_view bytes, std::string_view integrity);

}  // namespace abm::connect
