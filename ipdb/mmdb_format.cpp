#include "ipdb/mmdb_format.h"

namespace abm::ipdb::mmdb {
namespace {

constexpr bool is_type(unsigned number) noexcept {
  return number >= 1 && number <= 15 && number != 12 && number != 13;
}

}  // namespace

std::optional<Field> read_field(std::string_view section, uint64_t offset) noexcept {
  const auto byte = [&](uint64_t at) { return static_cast<uint8_t>(section[at]); };
  const auto big_endian = [&](uint64_t at, unsigned bytes) {
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value = value << 8 | byte(at + i);
    return value;
  };
  if (offset >= section.size()) return std::nullopt;
  const uint8_t control = byte(offset++);
  unsigned type = control >> 5;
  if (type == 1) {
    const unsigned extra = (control >> 3 & 3u) + 1;
    if (section.size() - offset < extra) return std::nullopt;
    // Each longer form starts where the range of the shorter one ends; the longest has no bias
    // and no bits in the head.
    static constexpr uint32_t kBias[] = {0, 2048, 526336, 0};
    const uint32_t high = extra == 4 ? 0 : static_cast<uint32_t>(control & 7) << (8 * extra);
    return Field{Type::kPointer, (high | big_endian(offset, extra)) + kBias[extra - 1], offset + extra};
  }
  if (type == 0) {
    if (offset >= section.size()) return std::nullopt;
    type = byte(offset++) + 7u;
    if (type < 8) return std::nullopt;
  }
  if (!is_type(type)) return std::nullopt;
  uint32_t size = control & 31u;
  if (size >= 29) {
    const unsigned extra = size - 28;
    if (section.size() - offset < extra) return std::nullopt;
    static constexpr uint32_t kBias[] = {29, 285, 65821};
    size = big_endian(offset, extra) + kBias[extra - 1];
    offset += extra;
  }
  return Field{static_cast<Type>(type), size, offset};
}

uint64_t read_unsigned(std::string_view section, const Field& field) noexcept {
  uint64_t value = 0;
  for (uint32_t i = 0; i < field.value && i < 8; ++i) {
    value = value << 8 | static_cast<uint8_t>(section[field.payload + i]);
  }
  return value;
}

void append_node(std::string& out, uint32_t left, uint32_t right, unsigned record_bits) {
  const auto put = [&](uint32_t value, unsigned bytes) {
    while (bytes-- > 0) out.push_back(static_cast<char>(value >> (8 * bytes) & 0xff));
  };
  if (record_bits == 28) {
    put(left & 0xffffff, 3);
    out.push_back(static_cast<char>((left >> 24) << 4 | right >> 24));
    put(right & 0xffffff, 3);
  } else {
    put(left, record_bits / 8);
    put(right, record_bits / 8);
  }
}

}  // namespace abm::ipdb::mmdb
