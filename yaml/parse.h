// A strict YAML subset, read from libyaml's events: no anchors, aliases, tags, merge or duplicate keys;
// depth, size and node count bounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "yaml/limits.h"
#include "yaml/node.h"

namespace abm::yaml {

/// Some editors put this before a file's text. It is not part of the text and counts for no column.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// One document, with or without a byte order mark. On error adds to `diagnostics` (with the line's text) and
/// returns std::nullopt.
[[nodiscard]] std::optional<Node> parse(std::string_view bytes, const std::string& file_name,
                                        const Limits& limits, Diagnostics& diagnostics);

}  // namespace abm::yaml
