// Text checks, eight bytes at a time while they are plain ASCII.
#include "accounts/text_check.h"

#include <cstring>

#include "base/text.h"

namespace abm::accounts {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101u;
constexpr uint64_t kHighBits = kOnes * 0x80;

/// True when each of the eight bytes is printable ASCII. A borrow may flag a good byte above a bad one, but
/// never hide a bad one.
bool all_printable(uint64_t word) noexcept {
  const uint64_t below_space = (word - kOnes * 0x20) & ~word;
  const uint64_t not_delete = word ^ (kOnes * 0x7f);
  const uint64_t is_delete = (not_delete - kOnes) & ~not_delete;
  return ((word | below_space | is_delete) & kHighBits) == 0;
}

}  // namespace

TextFault check_text(std::string_view text) noexcept {
  if (text.size() > kMaxTextBytes) return TextFault::kTooLong;
  while (text.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    if (!all_printable(word)) break;
    text.remove_prefix(8);
  }
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte >= 0x20 && byte < 0x7f) {
      text.remove_prefix(1);
      continue;
    }
    const DecodedPoint point = decode_utf8(text);
    if (!point.valid) return TextFault::kNotUtf8;
    if (point.value < 0xa0) return TextFault::kControl;
    text.remove_prefix(point.length);
  }
  return TextFault::kNone;
}

char32_t direction_control(std::string_view text) noexcept {
  // All of them are encoded as E2 80 AA..AE or E2 81 A6..A9.
  for (size_t at = text.find('\xe2'); at != text.npos; at = text.find('\xe2', at + 1)) {
    const char32_t point = decode_utf8(text.substr(at)).value;
    if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)) return point;
  }
  return 0;
}

}  // namespace abm::accounts
