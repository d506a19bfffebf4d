// The nonce that a page's Content-Security-Policy gives to its scripts.
#pragma once

#include <cstddef>
#include <string_view>

namespace abm::module {

/// Longer ones are not taken: sites use 16 to 32 bytes.
inline constexpr size_t kMaxNonce = 256;

/// The nonce of the first policy of a header's value that has one for script elements: in script-src-elem,
/// else script-src, else default-src (CSP 3, 6.8.3). A view into `policies`; "" where there is none, or it is
/// not base64 (CSP 3, 2.3.1).
[[nodiscard]] std::string_view script_nonce(std::string_view policies) noexcept;

}  // namespace abm::module
