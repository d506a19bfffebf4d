// Preview links: an HMAC-SHA256 over account, host, optional time and expiry; abmctl makes
// them, the module checks them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::generation {

struct PreviewClaims {
  std::string account;        ///< id
  std::string host;           ///< lower case, without port
  std::optional<int64_t> at;  ///< Unix seconds at which schedules are evaluated
  int64_t expires = 0;        ///< Unix seconds
};

/// Reads a key file: 32 to 4096 bytes, one trailing newline ignored; refused if others may read or write it.
[[nodiscard]] Result<std::string> read_preview_key(const std::string& path);

/// base64url, safe in a query string. Layout in FORMAT.md.
[[nodiscard]] Result<std::string> make_preview_token(const PreviewClaims& claims, std::string_view key);
/// Compares in constant time; std::nullopt if tampered with, expired at `now`, for another `host`, or longer
/// than 1 KiB. Never throws.
[[nodiscard]] std::optional<PreviewClaims> check_preview_token(std::string_view token, std::string_view host,
                                                               int64_t now, std::string_view key) noexcept;

}  // namespace abm::generation
