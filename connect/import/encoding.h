// The encodings that exports come in, and their bytes as UTF-8, piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abm::connect {

enum class Encoding : uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

/// "UTF-8", "UTF-16 LE", "UTF-16 BE", "Windows-1252".
[[nodiscard]] std::string_view to_string(Encoding encoding) noexcept;
/// The names that `encoding:` takes: utf-8, utf-16, utf-16le, utf-16be, windows-1252.
[[nodiscard]] std::optional<Encoding> encoding_from(std::string_view name) noexcept;

/// Tells a file's encoding from all of its bytes: a byte order mark decides; without one, zero bytes mean
/// UTF-16, and text that is mostly not UTF-8 where it is not ASCII is Windows-1252.
class EncodingScan {
 public:
  void update(std::string_view bytes) noexcept;
  [[nodiscard]] Encoding finish() noexcept;

 private:
  void count(std::string_view bytes) noexcept;

  std::array<char, 4> start_{};
  size_t start_size_ = 0;
  std::string rest_;  // a character that its piece did not complete
  uint64_t bytes_ = 0, zeros_even_ = 0, zeros_odd_ = 0;
  uint64_t sequences_ = 0;  // of UTF-8 beyond ASCII
  uint64_t faults_ = 0;     // bytes that are not UTF-8
};

/// A byte order mark at the start is left out. What is no character becomes U+FFFD.
class TextDecoder {
 public:
  explicit TextDecoder(Encoding encoding) noexcept : encoding_(encoding) {}

  /// Appends `bytes` to `out` as UTF-8; the start of a character is kept for the next call, unless these are
  /// the `last`.
  void decode(std::string_view bytes, bool last, std::string& out);

 private:
  void decode_utf8_bytes(std::string_view bytes, bool last, std::string& out);
  void decode_utf16(std::string_view bytes, bool last, std::string& out);
  void decode_windows1252(std::string_view bytes, std::string& out) const;
  void put(char32_t point, std::string& out);

  Encoding encoding_;
  bool started_ = false;
  std::string rest_;
};

}  // namespace abm::connect
