// By what a compound selector is found from a tag: the name and the one attribute that rule out most other
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
    kValue,    ///< its value is `value` (ASCII case apart)
    kWord,     ///< one of its blank-separated words is `value` (ASCII case apart)
  };
  std::string type;  ///< empty: any name
  Kind kind = Kind::kNone;
  std::string attribute;
  std::string value;
};

/// An element that matches meets at least one of them; several where :is() offers a choice, none where
/// nothing can match.
[[nodiscard]] std::vector<SelectorKey> keys_of(const CompoundSelector& compound);

}  // namespace abm::rewrite
