#include "ipdb/mmdb_data_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::ipdb::mmdb {
namespace {

constexpr unsigned kDeepest = 64;  // what our own recursion can take, whatever the caller's limit
constexpr unsigned kPlaceBits = 16;

}  // namespace

DataChecker::DataChecker(std::string_view section, const MmdbLimits& limits)
    : section_(section), limits_(limits), text_seen_(section.size()) {
  limits_.max_depth = std::min(limits_.max_depth, kDeepest);
  limits_.max_record_fields = std::min<uint64_t>(limits_.max_record_fields, UINT32_MAX);
}

bool DataChecker::fail(uint64_t at, std::string_view what) {
  error_ = fmt::format("data offset {}: {}", at, what);
  return false;
}

bool DataChecker::check(uint64_t offset) {
  Cost cost;
  const uint64_t at = offset;
  if (!value(offset, 0, cost)) return false;
  return cost.fields <= limits_.max_record_fields || fail(at, "the record has more fields than the limit");
}

bool DataChecker::value(uint64_t& offset, unsigned depth, Cost& cost) {
  const uint64_t at = offset;
  const auto field = read_field(section_, offset);
  if (!field) return fail(at, "not a field of the format, or cut short");
  if (++steps_ > limits_.max_steps) return fail(at, "more fields than the limit");
  ++cost.fields;
  offset = field->payload;
  if (field->type == Type::kPointer) return pointer(*field, at, depth, cost);
  if (field->is_container()) return container(*field, at, offset, depth, cost);
  if (!scalar(*field, at)) return false;
  offset += field->payload_bytes();
  return true;
}

bool DataChecker::pointer(const Field& field, uint64_t at, unsigned depth, Cost& cost) {
  const auto target = read_field(section_, field.value);
  if (!target) return fail(at, "the pointer leads to no field");
  if (target->type == Type::kPointer) return fail(at, "the pointer leads to another pointer");
  if (!target->is_container()) {
    ++cost.fields;
    return scalar(*target, field.value);
  }
  Cost inner;
  if (const Remembered known = place_of(field.value); known.offset == field.value && known.fields != 0) {
    inner = {known.height, known.fields};
  } else {
    uint64_t offset = field.value;
    if (!value(offset, depth, inner)) return false;  // a loop of pointers ends at the depth limit
    place_of(field.value) = {field.value, static_cast<uint32_t>(inner.fields), inner.height};
  }
  cost.height = std::max(cost.height, inner.height);
  cost.fields += inner.fields;
  if (depth + inner.height > limits_.max_depth) return fail(at, "nested deeper than the limit");
  return cost.fields <= limits_.max_record_fields || fail(at, "the record has more fields than the limit");
}

DataChecker::Remembered& DataChecker::place_of(uint32_t offset) {
  static_assert((sizeof(Remembered) << kPlaceBits) <= kRememberedBytes);
  if (containers_.empty()) containers_.resize(size_t{1} << kPlaceBits);
  return containers_[(offset * 2654435769u) >> (32 - kPlaceBits)];  // Fibonacci hashing
}

bool DataChecker::container(const Field& field, uint64_t at, uint64_t& offset, unsigned depth, Cost& cost) {
  if (depth + 1 > limits_.max_depth) return fail(at, "nested deeper than the limit");
  const bool is_map = field.type == Type::kMap;
  // Every entry takes at least a byte (two in a map): an absurd count ends here, before any work.
  if (field.value > (section_.size() - offset) / (is_map ? 2 : 1))
    return fail(at, "more entries than bytes follow");
  if (field.value > limits_.max_record_fields) return fail(at, "more entries than the limit");
  Cost inner;
  for (uint32_t i = 0; i < field.value; ++i) {
    if (is_map && !key(offset, inner)) return false;
    if (!value(offset, depth + 1, inner)) return false;
    if (inner.fields > limits_.max_record_fields)
      return fail(at, "the record has more fields than the limit");
  }
  cost.height = std::max(cost.height, inner.height + 1);
  cost.fields += inner.fields;
  return true;
}

bool DataChecker::key(uint64_t& offset, Cost& cost) {
  const uint64_t at = offset;
  auto field = read_field(section_, offset);
  if (!field) return fail(at, "not a field of the format, or cut short");
  if (++steps_ > limits_.max_steps) return fail(at, "more fields than the limit");
  ++cost.fields;
  offset = field->payload;
  uint64_t text_at = at;
  if (field->type == Type::kPointer) {
    text_at = field->value;
    field = read_field(section_, text_at);
  } else {
    offset += field->payload_bytes();
  }
  if (!field || field->type != Type::kString) return fail(at, "a map's key is not text");
  return scalar(*field, text_at);
}

bool DataChecker::scalar(const Field& field, uint64_t at) {
  const auto sized = [&](bool good) { return good || fail(at, "a number of impossible size"); };
  const uint32_t size = field.value;
  if (field.type == Type::kBoolean) return sized(size <= 1);
  if (size > section_.size() - field.payload) return fail(at, "the field crosses the end of its section");
  switch (field.type) {
    case Type::kString: {
      if (!text_seen_.add(at)) return true;
      steps_ += size / 16;
      if (steps_ > limits_.max_steps) return fail(at, "more text than the limit");
      return is_utf8(section_.substr(field.payload, size)) || fail(at, "text that is not UTF-8");
    }
    case Type::kDouble:
      return sized(size == 8);
    case Type::kFloat:
      return sized(size == 4);
    case Type::kUint16:
      return sized(size <= 2);
    case Type::kUint32:
    case Type::kInt32:
      return sized(size <= 4);
    case Type::kUint64:
      return sized(size <= 8);
    case Type::kUint128:
      return sized(size <= 16);
    default:
      return true;
  }
}

}  // namespace abm::ipdb::mmdb
