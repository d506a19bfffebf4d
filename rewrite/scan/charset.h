// Which character encodings can be scanned as bytes, and how text is written into them.
#pragma once

#include <cstdint>
#include <string_view>

namespace abm::rewrite {

/// Encoding classes by what the scanner must know. In the double-byte ones a trail byte may look like ASCII
/// (0x5C, 0x7C, and in GBK, Big5 and Shift_JIS 0x40–0x7E), so markup is found only at character boundaries.
enum class Charset : uint8_t {
  kUtf8,
  kSingleByte,  ///< ASCII-compatible: windows-125x, iso-8859-x, koi8-r …; insertions use character references
  kUnlabelled,  ///< no charset in Content-Type: scanned like kSingleByte; with the byte order mark of UTF-16,
                ///< not at all
  kShiftJis,
  kGbk,  ///< gb2312, gbk, gb18030
  kBig5,
  kEuc,          ///< euc-jp, euc-kr: trail bytes are ≥ 0xA1 (euc-kr as windows-949: ASCII letters too)
  kUnsupported,  ///< UTF-16/32, ISO-2022-*, HZ, UTF-7, replacement, x-user-defined and unknown labels: fail
                 ///< open
};

/// From a label of the Encoding standard ("utf-8", "Latin1", "shift_jis" …), case-insensitive, quotes and
/// blanks around it ignored; "" is kUnlabelled.
[[nodiscard]] Charset charset_from_label(std::string_view label) noexcept;

/// Whether non-ASCII insertions must be written as character references (everything but UTF-8).
[[nodiscard]] constexpr bool needs_references(Charset charset) noexcept {
  return charset != Charset::kUtf8;
}

}  // namespace abm::rewrite
