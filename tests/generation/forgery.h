// Another file of the same XXH3-128: what an attacker computes, so that tests can show that it buys nothing.
#pragma once

#include <string>
#include <string_view>

namespace abm::generation::testing {

/// `evil`, of the size of `original` (beyond 240 bytes), with the 128 bytes at `at` chosen so that XXH3-128
/// of both is the same, whatever else differs. `at` is a multiple of 64, the 128 bytes lie in one block of
/// 1024, and are followed by 64 bytes or more.
[[nodiscard]] std::string forge_xxh3_128(std::string_view original, std::string evil, size_t at);

}  // namespace abm::generation::testing
