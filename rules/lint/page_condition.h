// What a condition says about a page while the account is unknown.
#pragma once

#include <cstdint>

#include "rules/ast.h"
#include "rules/sample_page.h"

namespace abm::rules {

enum class OnPage : uint8_t {
  kNever,
  kPerhaps,  ///< depends on the account, the query or the language
  kAlways,
};
/// Time linear in the condition's tests and the path.
[[nodiscard]] OnPage on_page(const Condition& condition, const SamplePage& page);

}  // namespace abm::rules
