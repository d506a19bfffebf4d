// How a compound selector is found from a tag: by the name and the one attribute that rule out most other
// elements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewrite/select/selector.h"

namespace abm::rewrite {

/// A necessary condition of a compound.
struct SelectorKey {
  enum class Kind : uint8_t {
    kNone,     ///< no attribute is needed
    kPresent,  ///< `attribute` is there
    kValue,    ///< its value is `value`, ignoring ASCII case
    kWord,     ///< one of its words is `value`, ignoring ASCII case
  };
  std::string type;  ///< empty: any name
  Kind kind = Kind::kNone;
  std::string attribute;
  std::string value;
};

/// An element that matches meets at least one of them. There are several where :is() offers a choice, and
/// none where nothing can match.
[[nodiscard]] std::vector<SelectorKey> keys_of(const CompoundSelector& compound);

}  // namespace abm::rewrite
