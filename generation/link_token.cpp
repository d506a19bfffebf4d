// FORMAT.md shows the bytes.
#include "generation/link_token.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "accounts/account.h"
#include "accounts/text_check.h"
#include "base/text.h"

namespace abm::generation {
namespace {

constexpr uint8_t kLinkFormat = 1;
constexpr uint8_t kRememberedFormat = 1;
/// How far the clocks of two servers of one site may differ.
constexpr int64_t kClockSkewSeconds = 300;
/// The year 33658: twelve digits are enough, and cannot overflow.
constexpr int64_t kLastTime = 999'999'999'999;
constexpr std::string_view kIdentityVersion = "1.";
constexpr size_t kMostTimeDigits = 12;
constexpr size_t kSignatureDigits = 2 * std::tuple_size_v<Mac>;

bool is_clean(std::string_view text) noexcept {
  return accounts::check_text(text) == accounts::TextFault::kNone && accounts::direction_control(text) == 0;
}

/// As make_link_token() writes it.
bool is_host(std::string_view host) noexcept {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c == ascii_lower(c); });
}

bool is_time(int64_t seconds) noexcept {
  return seconds >= 0 && seconds <= kLastTime;
}

Result<void> check_names(std::string_view account, std::string_view host) {
  if (!accounts::is_account_id(account))
    return Error{fmt::format("'{}' is not an account id", account.substr(0, accounts::kMaxIdBytes))};
  if (is_host(host)) return {};
  return Error{
      fmt::format("host '{}' must have 1 to {} characters of ASCII; write it as browsers send it: xn--…",
                  host.substr(0, kMaxHostBytes), kMaxHostBytes)};
}

Result<void> check_link_text(std::string_view what, std::string_view text) {
  if (is_link_text(text)) return {};
  return Error{fmt::format("{}: at most {} bytes of UTF-8 without control characters", what, kMaxRoleBytes)};
}

Error bad_expiry() {
  return Error{fmt::format("the expiry must be a time from 0 to {}, in Unix seconds", kLastTime)};
}

std::optional<LinkClaims> read_link(std::string_view token, const LinkKeys& keys) {
  TokenBuffer buffer;
  const auto bytes = open_token(Purpose::kLink, token, keys, buffer);
  if (!bytes.has_value()) return std::nullopt;
  FieldReader in(*bytes);
  LinkClaims claims;
  const uint8_t version = in.byte();
  claims.expires = in.time();
  claims.account = in.text();
  claims.host = in.text();
  claims.role = in.text();
  claims.campaign = in.text();
  if (!in.complete() || version != kLinkFormat || !is_time(claims.expires)) return std::nullopt;
  if (!accounts::is_account_id(claims.account) || !is_host(claims.host)) return std::nullopt;
  if (!is_link_text(claims.role) || !is_link_text(claims.campaign)) return std::nullopt;
  return claims;
}

std::optional<RememberedClaims> read_remembered(std::string_view token, std::string_view host, int64_t now,
                                                const LinkKeys& keys) {
  TokenBuffer buffer;
  const auto bytes = open_token(Purpose::kRemembered, token, keys, buffer);
  if (!bytes.has_value()) return std::nullopt;
  FieldReader in(*bytes);
  RememberedClaims claims;
  const uint8_t version = in.byte();
  claims.since = in.time();
  claims.expires = in.time();
  claims.account = in.text();
  claims.host = in.text();
  if (!in.complete() || version != kRememberedFormat || !is_time(claims.expires) || !is_time(claims.since))
    return std::nullopt;
  if (!accounts::is_account_id(claims.account) || !is_host(claims.host)) return std::nullopt;
  if (now >= claims.expires || claims.since >= claims.expires || claims.since - kClockSkewSeconds > now)
    return std::nullopt;
  if (!equals_ignoring_case(claims.host, host)) return std::nullopt;
  return claims;
}

/// Digits without a sign or a zero before them.
std::optional<int64_t> time_from(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > kMostTimeDigits || (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  int64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// 64 digits in lower case.
std::optional<Mac> mac_from(std::string_view hex) noexcept {
  Mac mac{};
  if (hex.size() != kSignatureDigits) return std::nullopt;
  for (size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    if (!is_digit(c) && (c < 'a' || c > 'f')) return std::nullopt;
    const int digit = is_digit(c) ? c - '0' : c - 'a' + 10;
    mac[i / 2] = static_cast<unsigned char>((mac[i / 2] << 4) | digit);
  }
  return mac;
}

constexpr size_t kMaxIdentityText = kMostTimeDigits + 1 + kMaxIdentityBytes;

/// `EXPIRES "\n" VALUE`: what is signed, after its beginning.
std::string_view identity_bytes(std::string_view expires, std::string_view value,
                                std::array<char, kMaxIdentityText>& buffer) noexcept {
  char* end = std::copy(expires.begin(), expires.end(), buffer.data());
  *end++ = '\n';
  end = std::copy(value.begin(), value.end(), end);
  return {buffer.data(), static_cast<size_t>(end - buffer.data())};
}

bool is_identity_value(std::string_view value) noexcept {
  return !value.empty() && value.size() <= kMaxIdentityBytes && is_clean(value);
}

}  // namespace

Result<std::string> read_link_key(const std::string& path) {
  return read_token_key(path, "a link key");
}

bool is_link_text(std::string_view text) noexcept {
  return text.size() <= kMaxRoleBytes && is_clean(text);
}

Result<std::string> make_link_token(const LinkClaims& claims, std::string_view key) {
  const std::string host = ascii_lower(claims.host);
  if (auto names = check_names(claims.account, host); !names) return names.error();
  if (auto role = check_link_text("role", claims.role); !role) return role.error();
  if (auto campaign = check_link_text("campaign", claims.campaign); !campaign) return campaign.error();
  if (!is_time(claims.expires)) return bad_expiry();
  std::string bytes(1, static_cast<char>(kLinkFormat));
  put_time(bytes, claims.expires);
  put_text(bytes, claims.account);
  put_text(bytes, host);
  put_text(bytes, claims.role);
  put_text(bytes, claims.campaign);
  return make_token(Purpose::kLink, bytes, key);
}

std::optional<LinkClaims> open_link_token(std::string_view token, const LinkKeys& keys) noexcept {
  try {
    return read_link(token, keys);
  } catch (...) {  // out of memory for the texts
    return std::nullopt;
  }
}

std::optional<LinkClaims> check_link_token(std::string_view token, std::string_view host, int64_t now,
                                           const LinkKeys& keys) noexcept {
  auto claims = open_link_token(token, keys);
  if (claims.has_value() && (now >= claims->expires || !equals_ignoring_case(claims->host, host)))
    claims.reset();
  return claims;
}

Result<std::string> make_remembered(const RememberedClaims& claims, std::string_view key) {
  const std::string host = ascii_lower(claims.host);
  if (auto names = check_names(claims.account, host); !names) return names.error();
  if (!is_time(claims.expires) || !is_time(claims.since) || claims.since >= claims.expires)
    return bad_expiry();
  std::string bytes(1, static_cast<char>(kRememberedFormat));
  put_time(bytes, claims.since);
  put_time(bytes, claims.expires);
  put_text(bytes, claims.account);
  put_text(bytes, host);
  return make_token(Purpose::kRemembered, bytes, key);
}

std::optional<RememberedClaims> check_remembered(std::string_view token, std::string_view host, int64_t now,
                                                 const LinkKeys& keys) noexcept {
  try {
    return read_remembered(token, host, now, keys);
  } catch (...) {  // out of memory for the texts
    return std::nullopt;
  }
}

Result<std::string> make_signed_identity(std::string_view value, int64_t expires, std::string_view key) {
  if (!is_identity_value(value))
    return Error{
        fmt::format("an identity has 1 to {} bytes of UTF-8 without control characters", kMaxIdentityBytes)};
  if (!is_time(expires)) return bad_expiry();
  std::array<char, kMaxIdentityText> buffer;
  const auto mac = sign(Purpose::kIdentity, identity_bytes(fmt::format("{}", expires), value, buffer), key);
  if (!mac.has_value())
    return Error{fmt::format("a key must have {} to {} bytes", kMinKeyBytes, kMaxKeyBytes)};
  std::string text = fmt::format("{}{}.", kIdentityVersion, expires);
  for (const unsigned char byte : *mac) text += fmt::format("{:02x}", byte);
  return text + '.' + std::string(value);
}

std::optional<SignedIdentity> check_signed_identity(std::string_view text, int64_t now,
                                                    const LinkKeys& keys) noexcept {
  if (!text.starts_with(kIdentityVersion)) return std::nullopt;
  text.remove_prefix(kIdentityVersion.size());
  const size_t dot = text.find('.');
  if (dot > kMostTimeDigits) return std::nullopt;  // npos too
  const std::string_view digits = text.substr(0, dot);
  const auto expires = time_from(digits);
  text.remove_prefix(dot + 1);
  if (!expires.has_value() || text.size() <= kSignatureDigits || text[kSignatureDigits] != '.')
    return std::nullopt;
  const auto mac = mac_from(text.substr(0, kSignatureDigits));
  const std::string_view value = text.substr(kSignatureDigits + 1);
  if (!mac.has_value() || !is_identity_value(value)) return std::nullopt;
  std::array<char, kMaxIdentityText> buffer;
  if (!is_signed(Purpose::kIdentity, identity_bytes(digits, value, buffer), *mac, keys)) return std::nullopt;
  if (now >= *expires) return std::nullopt;
  return SignedIdentity{.value = value, .expires = *expires};
}

}  // namespace abm::generation
