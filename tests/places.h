// Where tests find the project's own files and the conformance material that is not ours. In its own file, so
// that no other object file depends on where the checkout is.
#pragma once

#include <string>

namespace abm::places {

/// Absolute path of the checkout, without a slash at its end.
[[nodiscard]] std::string source_folder();

/// What ABM_TEST_DATA names, or ../shared/data beside the checkout. It need not
/// exist: tests say so when they skip.
[[nodiscard]] std::string data_folder();

/// Where parse5 and the scripts that ask it are.
[[nodiscard]] std::string parse5_folder();

}  // namespace abm::places
