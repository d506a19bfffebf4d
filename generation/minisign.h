// minisign signatures (https://jedisct1.github.io/minisign/, "signature format"): Ed25519 over BLAKE2b-512.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::generation {

struct MinisignPublicKey {
  std::array<uint8_t, 8> id{};
  std::array<uint8_t, 32> key{};
};

struct MinisignSecretKey {
  std::array<uint8_t, 8> id{};
  std::array<uint8_t, 32> seed{};
  std::array<uint8_t, 32> public_key{};
};

/// The key's id as minisign shows it: 16 capital hexadecimal digits.
[[nodiscard]] std::string minisign_key_id(const MinisignPublicKey& key);

/// Reads a `minisign.pub`: a comment line, then the key in base64; or the base64 line alone.
[[nodiscard]] Result<MinisignPublicKey> read_minisign_public_key(const std::string& path);
/// Reads an unencrypted secret key (`minisign -G -W`); refuses an encrypted one, and a file that
/// others may read or write.
[[nodiscard]] Result<MinisignSecretKey> read_minisign_secret_key(const std::string& path);

/// The text of a `.minisig` file for `message`. `trusted_comment` is one line and is signed too.
[[nodiscard]] Result<std::string> minisign_sign(std::string_view message, const MinisignSecretKey& key,
                                                std::string_view trusted_comment);

/// The trusted comment if `signature` (the text of a `.minisig` file) is `key`'s for `message`, with both of
/// its signatures checked; otherwise why not. The error message names no file.
[[nodiscard]] Result<std::string> minisign_verify(std::string_view message, std::string_view signature,
                                                  const MinisignPublicKey& key);

}  // namespace abm::generation
