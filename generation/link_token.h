// What the website's own team says of a visitor, signed: links that were sent to somebody at an account, the
// cookie that remembers one, and what a login service says. The module checks all three.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/signed_bytes.h"

namespace abm::generation {

inline constexpr size_t kMaxRoleBytes = 128;
inline constexpr size_t kMaxCampaignBytes = 128;
inline constexpr size_t kMaxIdentityBytes = 256;

/// What a link says. Whoever has the link is taken for somebody at the account until it expires: it is a
/// bearer token.
struct LinkClaims {
  std::string account;   ///< id
  std::string role;      ///< "" if the link names none; else as kMaxRoleBytes and is_link_text() allow
  std::string campaign;  ///< the same
  std::string host;      ///< lower case, without port
  int64_t expires = 0;   ///< Unix seconds; valid while now < expires
};

/// What the cookie says: an account, never a person.
struct RememberedClaims {
  std::string account;  ///< id
  std::string host;     ///< lower case, without port
  int64_t since = 0;    ///< Unix seconds: when a link or a login named the account
  int64_t expires = 0;  ///< Unix seconds; valid while now < expires
};

/// What a login service says: a domain, an e-mail address or an account id, as `abm_identity` takes them.
struct SignedIdentity {
  std::string_view value;  ///< of the text that was checked; UTF-8 without controls, 1 to kMaxIdentityBytes
  int64_t expires = 0;     ///< Unix seconds; valid while now < expires
};

/// Reads a file of `abm_link_key` or of `abm_identity … key=`, as read_preview_key() does.
[[nodiscard]] Result<std::string> read_link_key(const std::string& path);

/// Whether a role or campaign may read so: at most 128 bytes of UTF-8 without control characters and without
/// those that turn the direction of text.
[[nodiscard]] bool is_link_text(std::string_view text) noexcept;

/// At most 1 KiB of base64url. Errors name the claim that cannot be.
[[nodiscard]] Result<std::string> make_link_token(const LinkClaims& claims, std::string_view key);
/// std::nullopt if the token was not made by make_link_token() with one of `keys`, is for another host (ASCII
/// case aside) or has expired at `now`. Takes constant time to compare, and never throws.
[[nodiscard]] std::optional<LinkClaims> check_link_token(std::string_view token, std::string_view host,
                                                         int64_t now, const LinkKeys& keys) noexcept;

/// The same whatever the host and the time, for tools that say what a link is.
[[nodiscard]] std::optional<LinkClaims> open_link_token(std::string_view token,
                                                        const LinkKeys& keys) noexcept;

[[nodiscard]] Result<std::string> make_remembered(const RememberedClaims& claims, std::string_view key);
/// The same for make_remembered(). Also refused if it began more than five minutes after `now`: no clock that
/// is right has written it, and it would last longer than it should. How long a cookie may be used is for the
/// caller to say: by `since`, since that time may have been shortened meanwhile.
[[nodiscard]] std::optional<RememberedClaims> check_remembered(std::string_view token, std::string_view host,
                                                               int64_t now, const LinkKeys& keys) noexcept;

/// `1.EXPIRES.SIGNATURE.VALUE` as a login service writes it; FORMAT.md has examples in other languages.
[[nodiscard]] Result<std::string> make_signed_identity(std::string_view value, int64_t expires,
                                                       std::string_view key);
/// `text` exactly as it was made: with VALUE's own case. std::nullopt unless it is signed with one of `keys`
/// and has not expired at `now`. It is not bound to a host: a login is one on each site that has the key.
[[nodiscard]] std::optional<SignedIdentity> check_signed_identity(std::string_view text, int64_t now,
                                                                  const LinkKeys& keys) noexcept;

}  // namespace abm::generation
