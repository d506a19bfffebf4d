// Byte searches of the scanner: 16 bytes at a time where the target has SSE2 or NEON, one by one elsewhere.
// Both implementations are always compiled, so that tests can compare them on one machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace abm::rewrite {

// Classes of bytes in tags (HTML 13.2.5). CR counts as white space: the standard turns it into LF before
// tokenizing.
inline constexpr uint8_t kSpaceByte = 1, kSlashByte = 2, kGreaterByte = 4, kEqualsByte = 8, kLetterByte = 16,
                         kMarkByte = 32;  // "!" and "?"

struct ByteClasses {
  uint8_t of[256] = {};
  constexpr ByteClasses() {
    for (const int c : {'\t', '\n', '\f', '\r', ' '}) of[c] = kSpaceByte;
    of[int{'/'}] = kSlashByte;
    of[int{'>'}] = kGreaterByte;
    of[int{'='}] = kEqualsByte;
    of[int{'!'}] = of[int{'?'}] = kMarkByte;
    for (int c = 'a'; c <= 'z'; ++c) of[c] = kLetterByte;
    for (int c = 'A'; c <= 'Z'; ++c) of[c] = kLetterByte;
  }
};
inline constexpr ByteClasses kByteClasses;

[[nodiscard]] constexpr uint8_t byte_class(char c) noexcept {
  return kByteClasses.of[static_cast<unsigned char>(c)];
}
[[nodiscard]] constexpr bool is_space(char c) noexcept {
  return (byte_class(c) & kSpaceByte) != 0;
}
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (byte_class(c) & kLetterByte) != 0;
}
[[nodiscard]] constexpr bool opens_markup(char c) noexcept {
  return (byte_class(c) & (kLetterByte | kSlashByte | kMarkByte)) != 0;
}

/// One byte at a time: the reference, and the tail of every block search.
struct ScalarSearch {
  [[nodiscard]] static const char* byte(const char* p, const char* end, char wanted) noexcept {
    while (p != end && *p != wanted) ++p;
    return p;
  }
  [[nodiscard]] static const char* of_class(const char* p, const char* end, uint8_t classes) noexcept {
    while (p != end && (byte_class(*p) & classes) == 0) ++p;
    return p;
  }
  [[nodiscard]] static const char* name_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kSlashByte | kGreaterByte);
  }
  [[nodiscard]] static const char* attribute_name_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kSlashByte | kGreaterByte | kEqualsByte);
  }
  [[nodiscard]] static const char* unquoted_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kGreaterByte);
  }
};

#if defined(__SSE2__) || defined(__aarch64__)
#define ABM_BLOCK_SEARCH 1

/// Sixteen bytes, and the comparisons that the scanner needs. A mask has kBitsPerByte bits for each byte.
struct Block16 {
#if defined(__SSE2__)
  static constexpr int kBitsPerByte = 1;
  using Mask = uint32_t;
  __m128i bytes;
  explicit Block16(const char* p) noexcept : bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) {}
  [[nodiscard]] __m128i equals(char c) const noexcept {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
  }
  /// Bytes of at most `c`, unsigned.
  [[nodiscard]] __m128i at_most(char c) const noexcept {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(c)), bytes);
  }
  [[nodiscard]] static __m128i either(__m128i a, __m128i b) noexcept {
    return _mm_or_si128(a, b);
  }
  [[nodiscard]] static Mask mask(__m128i v) noexcept {
    return static_cast<Mask>(_mm_movemask_epi8(v));
  }
#else
  static constexpr int kBitsPerByte = 4;
  using Mask = uint64_t;
  uint8x16_t bytes;
  explicit Block16(const char* p) noexcept : bytes(vld1q_u8(reinterpret_cast<const uint8_t*>(p))) {}
  [[nodiscard]] uint8x16_t equals(char c) const noexcept {
    return vceqq_u8(bytes, vdupq_n_u8(static_cast<uint8_t>(c)));
  }
  [[nodiscard]] uint8x16_t at_most(char c) const noexcept {
    return vcleq_u8(bytes, vdupq_n_u8(static_cast<uint8_t>(c)));
  }
  [[nodiscard]] static uint8x16_t either(uint8x16_t a, uint8x16_t b) noexcept {
    return vorrq_u8(a, b);
  }
  [[nodiscard]] static Mask mask(uint8x16_t v) noexcept {
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(v), 4)), 0);
  }
#endif
  [[nodiscard]] static ptrdiff_t first(Mask m) noexcept {
    return std::countr_zero(m) / kBitsPerByte;
  }
};

/// The same searches by blocks. `at_most(' ')` also catches controls that are not white space, so every hit
/// of a class search is checked, and the search continues after such a control.
struct BlockSearch {
  [[nodiscard]] static const char* byte(const char* p, const char* end, char wanted) noexcept {
    for (; end - p >= 16; p += 16) {
      const Block16 block(p);
      if (const auto m = Block16::mask(block.equals(wanted)); m != 0) return p + Block16::first(m);
    }
    return ScalarSearch::byte(p, end, wanted);
  }
  [[nodiscard]] static const char* name_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kSlashByte | kGreaterByte, [](const Block16& b) {
      return Block16::mask(Block16::either(b.at_most(' '), Block16::either(b.equals('/'), b.equals('>'))));
    });
  }
  [[nodiscard]] static const char* attribute_name_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kSlashByte | kGreaterByte | kEqualsByte, [](const Block16& b) {
      return Block16::mask(Block16::either(Block16::either(b.at_most(' '), b.equals('=')),
                                           Block16::either(b.equals('/'), b.equals('>'))));
    });
  }
  [[nodiscard]] static const char* unquoted_end(const char* p, const char* end) noexcept {
    return of_class(p, end, kSpaceByte | kGreaterByte, [](const Block16& b) {
      return Block16::mask(Block16::either(b.at_most(' '), b.equals('>')));
    });
  }

 private:
  template <typename Candidates>
  [[nodiscard]] static const char* of_class(const char* p, const char* end, uint8_t classes,
                                            Candidates candidates) noexcept {
    while (end - p >= 16) {
      const auto m = candidates(Block16(p));
      if (m == 0) {
        p += 16;
        continue;
      }
      p += Block16::first(m);
      if ((byte_class(*p) & classes) != 0) return p;
      ++p;
    }
    return ScalarSearch::of_class(p, end, classes);
  }
};
using Search = BlockSearch;
#else
using Search = ScalarSearch;
#endif

}  // namespace abm::rewrite
