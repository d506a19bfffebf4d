// What the tokens of this folder have in common: fields as bytes, an HMAC-SHA256 over them and over what they
// are for, base64url around both. Layout in FORMAT.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::generation {

inline constexpr size_t kMaxTokenBytes = 1024;  ///< as it is sent, encoded
inline constexpr size_t kMinKeyBytes = 32;
inline constexpr size_t kMaxKeyBytes = 4096;
inline constexpr size_t kMaxHostBytes = 253;  ///< RFC 1035 2.3.4, as text

/// What a signature is for. No signature for one purpose is valid for another, even with the same key: what
/// is signed begins differently, and none of those beginnings is the beginning of another.
enum class Purpose : uint8_t { kPreview, kLink, kRemembered, kIdentity };

using Mac = std::array<unsigned char, 32>;

/// Up to two keys. `first` signs, both verify; `second` is empty if there is one. The texts are borrowed.
struct LinkKeys {
  std::string_view first;
  std::string_view second;
};

/// Reads a key file: 32 to 4096 bytes, one trailing newline ignored; refused if others may read or write it.
/// `what` is its name in messages: "a preview key".
[[nodiscard]] Result<std::string> read_token_key(const std::string& path, std::string_view what);

/// The signature of `bytes`, at most kMaxTokenBytes; std::nullopt if the key is shorter than kMinKeyBytes, or
/// without memory.
[[nodiscard]] std::optional<Mac> sign(Purpose purpose, std::string_view bytes, std::string_view key) noexcept;
/// Compares in constant time, with each key that is set.
[[nodiscard]] bool is_signed(Purpose purpose, std::string_view bytes, const Mac& mac,
                             const LinkKeys& keys) noexcept;

/// base64url of `bytes` and their signature, safe in a query string and in a cookie; an error if that is
/// longer than kMaxTokenBytes or cannot be signed.
[[nodiscard]] Result<std::string> make_token(Purpose purpose, std::string_view bytes, std::string_view key);

/// Room for a decoded token.
using TokenBuffer = std::array<char, kMaxTokenBytes>;
/// The signed bytes of a token, in `buffer`; std::nullopt unless it was made for `purpose` with one of
/// `keys`.
[[nodiscard]] std::optional<std::string_view> open_token(Purpose purpose, std::string_view token,
                                                         const LinkKeys& keys, TokenBuffer& buffer) noexcept;

/// Big-endian.
void put_time(std::string& out, int64_t seconds);
/// A byte with the length, then the text, which has at most 255 bytes.
void put_text(std::string& out, std::string_view text);

/// Reads what those two wrote; after any read past the end all later reads fail.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) noexcept : bytes_(bytes) {}
  uint8_t byte() noexcept;
  int64_t time() noexcept;
  /// A view of the bytes that are read.
  std::string_view text() noexcept { return take(byte()); }
  /// Nothing failed, and nothing is left.
  [[nodiscard]] bool complete() const noexcept { return ok_ && bytes_.empty(); }

 private:
  std::string_view take(size_t size) noexcept;
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace abm::generation
