// Another file with the same XXH3-128: what an attacker computes, so that tests can show it gains nothing.
#pragma once

#include <string>
#include <string_view>

namespace abm::generation::testing {

/// `evil`, of the same size as `original` (more than 240 bytes), with the 128 bytes at `at` chosen so that
/// both have the same XXH3-128, whatever else differs. `at` is a multiple of 64; the 128 bytes are in one
/// block of 1024 and are followed by at least 64 bytes.
[[nodiscard]] std::string forge_xxh3_128(std::string_view original, std::string evil, size_t at);

}  // namespace abm::generation::testing
