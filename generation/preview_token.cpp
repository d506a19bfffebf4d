// FORMAT.md shows the token's bytes.
#include "generation/preview_token.h"

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/text.h"
#include "generation/signed_bytes.h"

namespace abm::generation {
namespace {

constexpr uint8_t kPreviewFormat = 1;
constexpr uint8_t kHasTime = 1;

std::optional<PreviewClaims> read_preview(std::string_view token, std::string_view host, int64_t now,
                                          std::string_view key) {
  TokenBuffer buffer;
  const auto bytes = open_token(Purpose::kPreview, token, {.first = key, .second = {}}, buffer);
  if (!bytes.has_value()) return std::nullopt;
  FieldReader in(*bytes);
  PreviewClaims claims;
  if (in.byte() != kPreviewFormat) return std::nullopt;
  const uint8_t flags = in.byte();
  claims.expires = in.time();
  if ((flags & kHasTime) != 0) claims.at = in.time();
  claims.account = in.text();
  claims.host = in.text();
  if (!in.complete() || (flags & ~kHasTime) != 0) return std::nullopt;
  if (now >= claims.expires || !equals_ignoring_case(claims.host, host)) return std::nullopt;
  return claims;
}

}  // namespace

Result<std::string> read_preview_key(const std::string& path) {
  return read_token_key(path, "a preview key");
}

Result<std::string> make_preview_token(const PreviewClaims& claims, std::string_view key) {
  if (!accounts::is_account_id(claims.account)) {
    return Error{fmt::format("'{}' is not an account id", claims.account.substr(0, accounts::kMaxIdBytes))};
  }
  if (claims.host.empty() || claims.host.size() > kMaxHostBytes) {
    return Error{fmt::format("host '{}' must have 1 to {} bytes", claims.host.substr(0, kMaxHostBytes),
                             kMaxHostBytes)};
  }
  std::string bytes;
  bytes += static_cast<char>(kPreviewFormat);
  bytes += static_cast<char>(claims.at.has_value() ? kHasTime : 0);
  put_time(bytes, claims.expires);
  if (claims.at.has_value()) put_time(bytes, *claims.at);
  put_text(bytes, claims.account);
  put_text(bytes, ascii_lower(claims.host));
  return make_token(Purpose::kPreview, bytes, key);
}

std::optional<PreviewClaims> check_preview_token(std::string_view token, std::string_view host, int64_t now,
                                                 std::string_view key) noexcept {
  if (token.empty() || token.size() > kMaxTokenBytes) return std::nullopt;
  try {
    return read_preview(token, host, now, key);
  } catch (...) {  // out of memory for the two names
    return std::nullopt;
  }
}

}  // namespace abm::generation
