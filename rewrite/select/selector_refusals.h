// Why a pseudo-class or pseudo-element cannot be used to find a slot, and what to write instead.
#pragma once

#include <string>
#include <string_view>

namespace abm::rewrite {

/// `name`: lower case, without colons. The message quotes it and ends with the remedy where there is one.
[[nodiscard]] std::string pseudo_class_refusal(std::string_view name);
[[nodiscard]] std::string pseudo_element_refusal(std::string_view name);

}  // namespace abm::rewrite
