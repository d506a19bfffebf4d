#include "ipdb/mmdb_data_writer.h"

namespace abm::ipdb::mmdb {
namespace {

std::string pointer_to(uint32_t offset) {
  const auto form = [](unsigned size_bits, uint32_t high, uint32_t rest, unsigned bytes) {
    std::string out(1, static_cast<char>(0x20u | size_bits << 3 | high));
    while (bytes-- > 0) out.push_back(static_cast<char>(rest >> (8 * bytes) & 0xff));
    return out;
  };
  if (offset < 2048) return form(0, offset >> 8, offset, 1);
  if (offset < 526336) return form(1, (offset - 2048) >> 16, offset - 2048, 2);
  if (offset < 134744064) return form(2, (offset - 526336) >> 24, offset - 526336, 3);
  return form(3, 0, offset, 4);
}

}  // namespace

void DataWriter::head(Type type, uint32_t size) {
  const auto number = static_cast<unsigned>(type);
  const unsigned short_size = size < 29 ? size : size < 285 ? 29 : size < 65821 ? 30 : 31;
  bytes_.push_back(static_cast<char>((number < 8 ? number << 5 : 0u) | short_size));
  if (number >= 8) bytes_.push_back(static_cast<char>(number - 7));
  if (short_size < 29) return;
  const uint32_t rest = size - (short_size == 29 ? 29 : short_size == 30 ? 285 : 65821);
  for (unsigned i = short_size - 28; i-- > 0;) bytes_.push_back(static_cast<char>(rest >> (8 * i) & 0xff));
}

void DataWriter::text(std::string_view value) {
  const auto [known, is_new] = texts_.try_emplace(std::string(value), static_cast<uint32_t>(bytes_.size()));
  if (!is_new) {
    const std::string pointer = pointer_to(known->second);
    if (pointer.size() < value.size() + 1) {
      bytes_ += pointer;
      return;
    }
  }
  head(Type::kString, static_cast<uint32_t>(value.size()));
  bytes_ += value;
}

void DataWriter::number(Type type, uint64_t value) {
  unsigned bytes = 0;
  while (bytes < 8 && value >> (8 * bytes) != 0) ++bytes;
  head(type, bytes);
  while (bytes-- > 0) bytes_.push_back(static_cast<char>(value >> (8 * bytes) & 0xff));
}

}  // namespace abm::ipdb::mmdb
