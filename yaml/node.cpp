#include "yaml/node.h"

#include <algorithm>

namespace abm::yaml {

const Node* Node::find(std::string_view key) const noexcept {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

bool Node::is_null() const noexcept {
  return kind == Kind::kScalar && plain && (scalar.empty() || scalar == "~" || scalar == "null");
}

}  // namespace abm::yaml
