// FORMAT.md shows the token's bytes.
#include "generation/preview_token.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/file.h"
#include "base/text.h"

namespace abm::generation {
namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kHasTime = 1;
constexpr size_t kMacBytes = 32;
constexpr size_t kMinKeyBytes = 32;
constexpr size_t kMaxKeyBytes = 4096;
constexpr size_t kMaxTokenBytes = 1024;
constexpr size_t kMaxHostBytes = 253;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<uint8_t>(c);
    for (count += 8; count >= 6; count -= 6) out += kAlphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 63];
  return out;
}

/// Decodes into `out`; the size, or std::nullopt for an invalid character, a length of
/// 4n+1, or stray low bits.
std::optional<size_t> decode_base64url(std::string_view text,
                                       std::array<char, kMaxTokenBytes>& out) noexcept {
  if (text.size() > out.size() || text.size() % 4 == 1) return std::nullopt;
  uint32_t bits = 0;
  unsigned count = 0;
  size_t size = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[size++] = static_cast<char>((bits >> count) & 0xff);
    }
  }
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return size;
}

std::array<unsigned char, kMacBytes> mac_of(std::string_view bytes, std::string_view key) noexcept {
  std::array<unsigned char, kMacBytes> mac{};
  unsigned int size = kMacBytes;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), mac.data(), &size);
  return mac;
}

void put_time(std::string& out, int64_t seconds) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((static_cast<uint64_t>(seconds) >> shift) & 0xff);
}

void put_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out += text;
}

/// Reads the authenticated bytes; after any read past their end all later reads fail.
class ClaimReader {
 public:
  explicit ClaimReader(std::string_view bytes) noexcept : bytes_(bytes) {}
  uint8_t byte() noexcept {
    const std::string_view one = take(1);
    return one.empty() ? uint8_t{0} : static_cast<uint8_t>(one[0]);
  }
  int64_t time() noexcept {
    uint64_t value = 0;
    for (const char c : take(8)) value = (value << 8) | static_cast<uint8_t>(c);
    return static_cast<int64_t>(value);
  }
  std::string_view text() noexcept { return take(byte()); }
  [[nodiscard]] bool complete() const noexcept { return ok_ && bytes_.empty(); }

 private:
  std::string_view take(size_t size) noexcept {
    if (size > bytes_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

std::optional<PreviewClaims> read_claims(std::string_view token, std::string_view host, int64_t now,
                                         std::string_view key) {
  std::array<char, kMaxTokenBytes> buffer;
  const auto size = decode_base64url(token, buffer);
  if (!size.has_value() || *size <= kMacBytes || key.size() < kMinKeyBytes) return std::nullopt;
  const std::string_view signed_bytes(buffer.data(), *size - kMacBytes);
  const auto mac = mac_of(signed_bytes, key);
  if (CRYPTO_memcmp(mac.data(), buffer.data() + signed_bytes.size(), kMacBytes) != 0) return std::nullopt;

  ClaimReader in(signed_bytes);
  PreviewClaims claims;
  if (in.byte() != kFormat) return std::nullopt;
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
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return errno_error(path, errno);
  if ((info.st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) != 0) {
    return Error{fmt::format("{}: others may read or write this key (mode {:04o}); run chmod 600 on it", path,
                             info.st_mode & 07777)};
  }
  auto key = read_all(fd->get(), path, kMaxKeyBytes);
  if (!key) return key.error();
  if (key->ends_with('\n')) key->pop_back();
  if (key->size() < kMinKeyBytes) {
    return Error{fmt::format(
        "{}: a preview key must have at least {} bytes, this one has {}; make one with openssl rand -hex 32",
        path, kMinKeyBytes, key->size())};
  }
  return key;
}

Result<std::string> make_preview_token(const PreviewClaims& claims, std::string_view key) {
  if (!accounts::is_account_id(claims.account)) {
    return Error{fmt::format("'{}' is not an account id", claims.account.substr(0, accounts::kMaxIdBytes))};
  }
  if (claims.host.empty() || claims.host.size() > kMaxHostBytes) {
    return Error{fmt::format("host '{}' must have 1 to {} bytes", claims.host.substr(0, kMaxHostBytes),
                             kMaxHostBytes)};
  }
  if (key.size() < kMinKeyBytes)
    return Error{fmt::format("a preview key must have at least {} bytes", kMinKeyBytes)};
  std::string bytes;
  bytes += static_cast<char>(kFormat);
  bytes += static_cast<char>(claims.at.has_value() ? kHasTime : 0);
  put_time(bytes, claims.expires);
  if (claims.at.has_value()) put_time(bytes, *claims.at);
  put_text(bytes, claims.account);
  put_text(bytes, ascii_lower(claims.host));
  const auto mac = mac_of(bytes, key);
  bytes.append(reinterpret_cast<const char*>(mac.data()), mac.size());
  return base64url(bytes);
}

std::optional<PreviewClaims> check_preview_token(std::string_view token, std::string_view host, int64_t now,
                                                 std::string_view key) noexcept {
  if (token.empty() || token.size() > kMaxTokenBytes) return std::nullopt;
  try {
    return read_claims(token, host, now, key);
  } catch (...) {  // out of memory for the two names
    return std::nullopt;
  }
}

}  // namespace abm::generation
