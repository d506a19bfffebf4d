// The path of a URL as nginx reads it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace abm {

/// "%2F" → "/" and so on. Refuses "%" without two hexadecimal digits, and "%00".
[[nodiscard]] Result<std::string> decode_percent(std::string_view raw);

/// Like $uri: percent-decoded, "//" merged, "." and ".." resolved (ngx_http_parse_complex_uri with
/// merge_slashes on). Refuses what decode_percent() refuses, and a path that climbs above the root.
[[nodiscard]] Result<std::string> normalize_path(std::string_view raw);

}  // namespace abm
