#include "measure/store/line_keys.h"

#include <array>
#include <cstring>
#include <span>

namespace abm::measure {
namespace {

constexpr std::array<int8_t, 256> kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i) digits['0' + static_cast<size_t>(i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) digits['a' + static_cast<size_t>(i)] = static_cast<int8_t>(10 + i);
  return digits;
}();

/// False unless `text` is exactly 2 × `bytes` lower-case hex digits.
bool parse_hex(std::string_view text, std::span<unsigned char> bytes) noexcept {
  if (text.size() != 2 * bytes.size()) return false;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = kHexDigits[static_cast<unsigned char>(text[2 * i])];
    const int low = kHexDigits[static_cast<unsigned char>(text[2 * i + 1])];
    if ((high | low) < 0) return false;
    bytes[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

}  // namespace

int64_t visitor_number(std::string_view visitor) noexcept {
  unsigned char bytes[16];
  uint64_t number = hash64(visitor);
  if (parse_hex(visitor, bytes)) {
    number = 0;
    for (size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  }
  return static_cast<int64_t>(number);
}

Hash128 request_key(std::string_view request_id, std::string_view line) noexcept {
  Hash128 id;
  unsigned char bytes[sizeof id];
  if (!parse_hex(request_id, bytes)) return hash128(request_id.empty() ? line : request_id);
  std::memcpy(&id, bytes, sizeof id);
  return id;
}

}  // namespace abm::measure
