#include "generation/minisign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/file.h"

namespace abm::generation {
namespace {

constexpr size_t kMaxKeyFile = 4096;
constexpr size_t kIdBytes = 8;
constexpr size_t kPointBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr std::string_view kLegacy = "Ed";     // signs the message itself
constexpr std::string_view kPrehashed = "ED";  // signs its BLAKE2b-512
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kUntrusted = "untrusted comment: ";

// Secret key, decoded: algorithm 2, KDF 2, checksum kind 2, salt 32, ops 8, memory 8, id 8, seed 32, public
// 32, sum 32.
constexpr size_t kSecretKdf = 2;
constexpr size_t kSecretId = 54;
constexpr size_t kSecretSeed = kSecretId + kIdBytes;
constexpr size_t kSecretPublic = kSecretSeed + kPointBytes;
constexpr size_t kSecretBytes = kSecretPublic + 2 * kPointBytes;

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeKey>;

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encode_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data_of(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

/// Padded base64 of exactly `size` bytes.
std::optional<std::string> decode_base64(std::string_view text, size_t size) {
  if (text.size() != (size + 2) / 3 * 4) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), data_of(text),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  out.resize(size);
  // The decoder takes '=' anywhere and ignores stray bits; only the one canonical spelling is accepted.
  if (encode_base64(out) != text) return std::nullopt;
  return out;
}

std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The base64 line of a key file, with or without a comment line before it.
std::string_view key_line(std::string_view text) {
  std::string_view line = next_line(text);
  return line.starts_with(kUntrusted) ? next_line(text) : line;
}

template <size_t N>
std::array<uint8_t, N> bytes_at(std::string_view bytes, size_t offset) {
  std::array<uint8_t, N> out;
  std::memcpy(out.data(), bytes.data() + offset, N);
  return out;
}

std::string_view text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string blake2b512(std::string_view message) {
  std::string digest(64, '\0');
  unsigned int size = 64;
  if (EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_blake2b512(), nullptr) != 1) {
    return {};
  }
  return digest;
}

std::optional<std::string> sign(EVP_PKEY* key, std::string_view message) {
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  const Context context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     data_of(message), message.size()) != 1) {
    return std::nullopt;
  }
  return signature;
}

bool verifies(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const Context context(EVP_MD_CTX_new());
  return context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message),
                          message.size()) == 1;
}

}  // namespace

std::string minisign_key_id(const MinisignPublicKey& key) {
  std::string text;
  for (auto byte = key.id.rbegin(); byte != key.id.rend(); ++byte) text += fmt::format("{:02X}", *byte);
  return text;
}

Result<MinisignPublicKey> read_minisign_public_key(const std::string& path) {
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  if (auto safe = refuse_writable_by_others(fd->get(), path); !safe) return safe.error();
  auto text = read_all(fd->get(), path, kMaxKeyFile);
  if (!text) return text.error();
  const auto bytes = decode_base64(key_line(*text), kLegacy.size() + kIdBytes + kPointBytes);
  if (!bytes.has_value() || !bytes->starts_with(kLegacy)) {
    return Error{fmt::format("{}: not a minisign public key", path)};
  }
  MinisignPublicKey key;
  key.id = bytes_at<kIdBytes>(*bytes, kLegacy.size());
  key.key = bytes_at<kPointBytes>(*bytes, kLegacy.size() + kIdBytes);
  return key;
}

Result<MinisignSecretKey> read_minisign_secret_key(const std::string& path) {
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return errno_error(path, errno);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{
        fmt::format("{}: others may read or write this secret key (mode {:04o}); run chmod 600 on it", path,
                    info.st_mode & 07777)};
  }
  auto text = read_all(fd->get(), path, kMaxKeyFile);
  if (!text) return text.error();
  const auto bytes = decode_base64(key_line(*text), kSecretBytes);
  if (!bytes.has_value() || !bytes->starts_with(kLegacy)) {
    return Error{fmt::format("{}: not a minisign secret key", path)};
  }
  if ((*bytes)[kSecretKdf] != '\0' || (*bytes)[kSecretKdf + 1] != '\0') {
    return Error{fmt::format(
        "{}: this secret key is encrypted with a password; publishing runs unattended and needs one "
        "made with minisign -G -W",
        path)};
  }
  MinisignSecretKey key;
  key.id = bytes_at<kIdBytes>(*bytes, kSecretId);
  key.seed = bytes_at<kPointBytes>(*bytes, kSecretSeed);
  key.public_key = bytes_at<kPointBytes>(*bytes, kSecretPublic);
  const Key pair(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()));
  std::array<uint8_t, kPointBytes> derived{};
  size_t size = derived.size();
  if (pair == nullptr || EVP_PKEY_get_raw_public_key(pair.get(), derived.data(), &size) != 1 ||
      derived != key.public_key) {
    return Error{fmt::format("{}: damaged: its public half does not belong to its secret half", path)};
  }
  return key;
}

Result<std::string> minisign_sign(std::string_view message, const MinisignSecretKey& key,
                                  std::string_view trusted_comment) {
  if (trusted_comment.find('\n') != trusted_comment.npos) return Error{"a trusted comment is one line"};
  const Key pair(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()));
  if (pair == nullptr) return Error{"signing failed: the key is not an Ed25519 key"};
  const auto signature = sign(pair.get(), blake2b512(message));
  if (!signature.has_value()) return Error{"signing failed"};
  const auto global = sign(pair.get(), fmt::format("{}{}", *signature, trusted_comment));
  if (!global.has_value()) return Error{"signing failed"};
  return fmt::format("{}signature from abmctl\n{}\n{}{}\n{}\n", kUntrusted,
                     encode_base64(fmt::format("{}{}{}", kPrehashed, text_of(key.id), *signature)), kTrusted,
                     trusted_comment, encode_base64(*global));
}

Result<std::string> minisign_verify(std::string_view message, std::string_view signature,
                                    const MinisignPublicKey& key) {
  const std::string_view untrusted = next_line(signature);
  const auto first = decode_base64(next_line(signature), kPrehashed.size() + kIdBytes + kSignatureBytes);
  const std::string_view comment_line = next_line(signature);
  const auto global = decode_base64(next_line(signature), kSignatureBytes);
  if (!untrusted.starts_with(kUntrusted) || !first.has_value() || !comment_line.starts_with(kTrusted) ||
      !global.has_value() || !signature.empty()) {
    return Error{"not a minisign signature"};
  }
  const std::string_view bytes = *first;
  if (bytes.substr(kPrehashed.size(), kIdBytes) != text_of(key.id)) {
    return Error{"the signature is by another key than the trusted one"};
  }
  const bool prehashed = bytes.starts_with(kPrehashed);
  if (!prehashed && !bytes.starts_with(kLegacy)) return Error{"a signature of an unknown kind"};
  const std::string_view one = bytes.substr(kPrehashed.size() + kIdBytes);
  const std::string_view trusted = comment_line.substr(kTrusted.size());
  const Key point(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.key.data(), key.key.size()));
  if (point == nullptr) return Error{"the trusted key is not an Ed25519 key"};
  if (!verifies(point.get(), prehashed ? blake2b512(message) : std::string(message), one)) {
    return Error{"the signature does not match the content: changed or damaged"};
  }
  if (!verifies(point.get(), fmt::format("{}{}", one, trusted), *global)) {
    return Error{"the signature's trusted comment was changed"};
  }
  return std::string(trusted);
}

}  // namespace abm::generation
