// A strict YAML subset as a tree with positions, read from libyaml's events: no anchors, aliases, tags, merge
// or duplicate keys; depth, size and node count bounded. Scalars stay text until a typed field reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"

namespace abm::rules {

/// Chosen so that the largest accepted file stays under 64 MB as a tree.
struct YamlLimits {
  size_t max_bytes = 4u << 20;
  size_t max_line_bytes = 64u << 10;
  unsigned max_depth = 16;
  size_t max_nodes = 300'000;
  size_t max_children = 100'000;  ///< entries of one list or mapping
};

struct YamlNode {
  enum class Kind : uint8_t { kScalar, kSequence, kMapping };
  enum class Style : uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded };
  struct Member;

  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;  ///< of a scalar
  bool plain = true;  ///< an unquoted scalar: only then do `~`, `null`, `true` mean what they mean in YAML
  Position at;
  std::string scalar;           ///< UTF-8, also for numbers
  std::vector<YamlNode> items;  ///< of a sequence
  std::vector<Member> members;  ///< of a mapping, in file order, keys unique

  [[nodiscard]] const YamlNode* find(std::string_view key) const noexcept;
  [[nodiscard]] bool is_null() const noexcept;  ///< plain `~`, `null` or nothing
};
struct YamlNode::Member {
  std::string key;
  Position key_at;
  YamlNode value;
};

/// Some editors put it before a file's text; it is none of it, and counts for no column.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// One document, after a byte order mark or none. On error adds to `diagnostics` (with the line's text) and returns std::nullopt.
[[nodiscard]] std::optional<YamlNode> parse_yaml(std::string_view bytes, const std::string& file_name,
                                                 const YamlLimits& limits, Diagnostics& diagnostics);

/// Line `line` (1-based) of `bytes` without its newline, "" when there is none: for Diagnostic::source_line.
[[nodiscard]] std::string line_text(std::string_view bytes, uint32_t line);

}  // namespace abm::rules
