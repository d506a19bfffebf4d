#include "generation/signed_bytes.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::generation {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is signed begins with this. A preview's bytes begin with their format, 1, and had no purpose before
/// there were others.
constexpr std::string_view beginning(Purpose purpose) noexcept {
  using namespace std::string_view_literals;
  switch (purpose) {
    case Purpose::kPreview:
      return {};
    case Purpose::kLink:
      return "abm-link/1\0"sv;
    case Purpose::kRemembered:
      return "abm-remembered/1\0"sv;
    case Purpose::kIdentity:
      return "abm-identity/1\n"sv;
  }
  return {};
}
constexpr size_t kLongestBeginning = 17;

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
std::optional<size_t> decode_base64url(std::string_view text, TokenBuffer& out) noexcept {
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

}  // namespace

Result<std::string> read_token_key(const std::string& path, std::string_view what) {
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
    return Error{
        fmt::format("{}: {} must have at least {} bytes, this one has {}; make one with openssl rand -hex 32",
                    path, what, kMinKeyBytes, key->size())};
  }
  return key;
}

std::optional<Mac> sign(Purpose purpose, std::string_view bytes, std::string_view key) noexcept {
  if (key.size() < kMinKeyBytes || key.size() > kMaxKeyBytes || bytes.size() > kMaxTokenBytes)
    return std::nullopt;
  std::array<unsigned char, kLongestBeginning + kMaxTokenBytes> all;
  const std::string_view begins = beginning(purpose);
  auto* const end =
      std::copy(bytes.begin(), bytes.end(), std::copy(begins.begin(), begins.end(), all.data()));
  Mac mac{};
  unsigned int size = mac.size();
  // Without memory OpenSSL leaves the array as it is: a known signature of anything.
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), all.data(),
           static_cast<size_t>(end - all.data()), mac.data(), &size) == nullptr)
    return std::nullopt;
  return mac;
}

bool is_signed(Purpose purpose, std::string_view bytes, const Mac& mac, const LinkKeys& keys) noexcept {
  bool found = false;
  for (const std::string_view key : {keys.first, keys.second}) {
    const auto right = sign(purpose, bytes, key);
    if (right.has_value() && CRYPTO_memcmp(right->data(), mac.data(), mac.size()) == 0) found = true;
  }
  return found;
}

Result<std::string> make_token(Purpose purpose, std::string_view bytes, std::string_view key) {
  if (key.size() < kMinKeyBytes || key.size() > kMaxKeyBytes)
    return Error{fmt::format("a key must have {} to {} bytes", kMinKeyBytes, kMaxKeyBytes)};
  const auto mac = sign(purpose, bytes, key);
  if (!mac.has_value()) return Error{"signing failed: out of memory, or the token would be too long"};
  std::string all(bytes);
  all.append(reinterpret_cast<const char*>(mac->data()), mac->size());
  std::string token = base64url(all);
  if (token.size() > kMaxTokenBytes)
    return Error{fmt::format("a token may have at most {} bytes, this one would have {}", kMaxTokenBytes,
                             token.size())};
  return token;
}

std::optional<std::string_view> open_token(Purpose purpose, std::string_view token, const LinkKeys& keys,
                                           TokenBuffer& buffer) noexcept {
  const auto size = decode_base64url(token, buffer);
  Mac mac;
  if (!size.has_value() || *size <= mac.size()) return std::nullopt;
  const std::string_view bytes(buffer.data(), *size - mac.size());
  std::copy_n(buffer.data() + bytes.size(), mac.size(), reinterpret_cast<char*>(mac.data()));
  if (!is_signed(purpose, bytes, mac, keys)) return std::nullopt;
  return bytes;
}

void put_time(std::string& out, int64_t seconds) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((static_cast<uint64_t>(seconds) >> shift) & 0xff);
}

void put_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out += text;
}

uint8_t FieldReader::byte() noexcept {
  const std::string_view one = take(1);
  return one.empty() ? uint8_t{0} : static_cast<uint8_t>(one[0]);
}

int64_t FieldReader::time() noexcept {
  uint64_t value = 0;
  for (const char c : take(8)) value = (value << 8) | static_cast<uint8_t>(c);
  return static_cast<int64_t>(value);
}

std::string_view FieldReader::take(size_t size) noexcept {
  if (size > bytes_.size()) ok_ = false;
  if (!ok_) return {};
  const std::string_view taken = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return taken;
}

}  // namespace abm::generation
