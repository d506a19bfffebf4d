#include "ipdb/mmdb_path.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace abm::ipdb::mmdb {
namespace {

constexpr size_t kMaxParts = 16;

template <typename Number>
std::optional<Number> whole(std::string_view text) noexcept {
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

FieldPath::FieldPath(std::string_view text) {
  for (size_t at = 0; at <= text.size();) {
    const size_t dot = std::min(text.find('.', at), text.size());
    const std::string_view part = text.substr(at, dot - at);
    parts_.push_back({std::string(part), whole<int64_t>(part)});
    at = dot + 1;
  }
}

bool FieldPath::usable() const noexcept {
  return parts_.size() <= kMaxParts &&
         std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.name.empty(); });
}

std::string_view Value::text() const noexcept {
  return is_text() ? section.substr(field.payload, field.value) : std::string_view();
}

std::optional<double> Value::number() const noexcept {
  const uint64_t bits = read_unsigned(section, field);
  switch (field.type) {
    case Type::kUint16:
    case Type::kUint32:
    case Type::kUint64:
      return static_cast<double>(bits);
    case Type::kInt32:
      return static_cast<int32_t>(static_cast<uint32_t>(bits));
    case Type::kDouble:
      return std::bit_cast<double>(bits);
    case Type::kFloat:
      return std::bit_cast<float>(static_cast<uint32_t>(bits));
    case Type::kString:
      return whole<double>(text());
    default:
      return std::nullopt;
  }
}

// The field at `offset`, or the one it points to; `next` is what follows it at `offset`.
std::optional<Field> PathReader::at(uint64_t offset, uint64_t& next) {
  charge(1);
  auto field = read_field(section_, offset);
  if (!field) return std::nullopt;
  next = field->payload + field->payload_bytes();
  if (field->type == Type::kPointer) field = read_field(section_, field->value);
  return field;
}

// Skips one value field by field: a container adds its entries to those still to come.
bool PathReader::skip(uint64_t& offset) {
  for (uint64_t left = 1; left > 0; --left) {
    charge(1);
    const auto field = read_field(section_, offset);
    if (!field || exhausted()) return false;
    offset = field->payload + field->payload_bytes();
    if (field->is_container()) left += field->value * (field->type == Type::kMap ? uint64_t{2} : 1);
  }
  return true;
}

std::optional<uint64_t> PathReader::entry(const Field& container, const FieldPath::Part& part) {
  uint64_t offset = container.payload;
  if (container.type == Type::kArray) {
    if (!part.position) return std::nullopt;
    const int64_t size = container.value;
    int64_t position = *part.position;
    if (position < 0 && position >= -size) position += size;
    if (position < 0 || position >= size) return std::nullopt;
    for (; position > 0; --position) {
      if (!skip(offset)) return std::nullopt;
    }
    return offset;
  }
  for (uint32_t i = 0; i < container.value; ++i) {
    const auto key = at(offset, offset);
    if (!key || exhausted()) return std::nullopt;
    if (section_.substr(key->payload, key->payload_bytes()) == part.name) return offset;
    if (!skip(offset)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> PathReader::find(uint64_t offset, const FieldPath& path) {
  uint64_t ignored = 0;
  auto field = at(offset, ignored);
  for (const FieldPath::Part& part : path.parts_) {
    if (!field || !field->is_container()) return std::nullopt;
    const auto found = entry(*field, part);
    if (!found) return std::nullopt;
    field = at(*found, ignored);
  }
  if (!field || exhausted()) return std::nullopt;
  return Value{*field, section_};
}

}  // namespace abm::ipdb::mmdb
