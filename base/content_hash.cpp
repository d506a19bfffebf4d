#include "base/content_hash.h"

#include <openssl/evp.h>

namespace abm {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

EVP_MD_CTX* context_of(void* context) noexcept {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

std::string Sha256::hex() const {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Sha256> Sha256::from_hex(std::string_view hex) noexcept {
  Sha256 hash;
  if (hex.size() != 2 * hash.bytes.size()) return std::nullopt;
  for (size_t i = 0; i < hash.bytes.size(); ++i) {
    const size_t high = kDigits.find(hex[2 * i]);
    const size_t low = kDigits.find(hex[2 * i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    hash.bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return hash;
}

void ContentHasher::Free::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(context_of(context));
}

ContentHasher::ContentHasher() noexcept : sha256_(EVP_MD_CTX_new()) {
  if (sha256_ != nullptr && EVP_DigestInit_ex(context_of(sha256_.get()), EVP_sha256(), nullptr) != 1)
    sha256_.reset();
}

ContentHasher::~ContentHasher() = default;
ContentHasher::ContentHasher(ContentHasher&&) noexcept = default;
ContentHasher& ContentHasher::operator=(ContentHasher&&) noexcept = default;

void ContentHasher::update(std::string_view bytes) noexcept {
  xxh3_.update(bytes);
  if (sha256_ != nullptr && EVP_DigestUpdate(context_of(sha256_.get()), bytes.data(), bytes.size()) != 1)
    sha256_.reset();
}

Result<ContentHash> ContentHasher::finish() {
  ContentHash hash;
  hash.xxh3 = xxh3_.digest();
  unsigned int size = 0;
  const bool done = sha256_ != nullptr &&
                    EVP_DigestFinal_ex(context_of(sha256_.get()), hash.sha256.bytes.data(), &size) == 1 &&
                    size == hash.sha256.bytes.size();
  sha256_.reset();
  if (!done) return Error{"SHA-256 cannot be computed: libcrypto failed"};
  return hash;
}

Result<ContentHash> content_hash(std::string_view bytes) {
  ContentHasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace abm
