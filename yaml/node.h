// A YAML document as a tree with positions. Scalars stay text until a typed field reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace abm::yaml {

struct Node {
  enum class Kind : uint8_t { kScalar, kSequence, kMapping };
  enum class Style : uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded };
  struct Member;

  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;  ///< of a scalar
  bool plain = true;  ///< an unquoted scalar: only then do `~`, `null`, `true` have their YAML meaning
  Position at;
  std::string scalar;           ///< UTF-8, also for numbers
  std::vector<Node> items;      ///< of a sequence
  std::vector<Member> members;  ///< of a mapping, in file order, keys unique

  [[nodiscard]] const Node* find(std::string_view key) const noexcept;
  [[nodiscard]] bool is_null() const noexcept;  ///< plain `~`, `null` or nothing
};
struct Node::Member {
  std::string key;
  Position key_at;
  Node value;
};

}  // namespace abm::yaml
