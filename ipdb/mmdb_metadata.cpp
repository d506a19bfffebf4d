#include "ipdb/mmdb_metadata.h"

#include <limits>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "ipdb/mmdb_data_check.h"
#include "ipdb/mmdb_format.h"

namespace abm::ipdb::mmdb {
namespace {

constexpr uint64_t kLatestEpoch =
    253'402'300'799;  // 9999-12-31: the last time that every calendar function can print

// The field at `offset`, or the one it points to; `next` is what follows it at `offset`.
std::optional<Field> resolve(std::string_view section, uint64_t offset, uint64_t& next) {
  auto field = read_field(section, offset);
  next = field ? field->payload + field->payload_bytes() : section.size();
  if (field && field->type == Type::kPointer) field = read_field(section, field->value);
  return field;
}

// The value of `key` in the map at the start of the section, pointers followed. The section has been checked.
std::optional<Field> find(std::string_view section, std::string_view key) {
  const auto map = read_field(section, 0);
  if (!map || map->type != Type::kMap) return std::nullopt;
  uint64_t offset = map->payload;
  std::optional<Field> found;
  for (uint32_t i = 0; i < map->value; ++i) {
    const auto name = resolve(section, offset, offset);
    const uint64_t value_at = offset;
    // Nested values are skipped field by field: a container adds its entries to those still to come.
    for (uint64_t left = 1; left > 0; --left) {
      const auto field = read_field(section, offset);
      if (!field) return std::nullopt;
      offset = field->payload + field->payload_bytes();
      if (field->type == Type::kMap) left += 2ull * field->value;
      if (field->type == Type::kArray) left += field->value;
    }
    uint64_t ignored = 0;
    // The first of equal keys counts, as in libmaxminddb.
    if (!found && name && section.substr(name->payload, name->value) == key)
      found = resolve(section, value_at, ignored);
  }
  return found;
}

// Whether the entries of an array or map, including keys, are all strings with no more text in total than a
// metadata section can hold: libmaxminddb copies each, and pointers may name one text many thousand times.
bool holds_strings(std::string_view section, const Field& container) {
  uint64_t offset = container.payload;
  uint64_t bytes = 0;
  for (uint64_t left = container.value * (container.type == Type::kMap ? 2ull : 1ull); left > 0; --left) {
    const auto entry = resolve(section, offset, offset);
    if (!entry || entry->type != Type::kString) return false;
    bytes += entry->value;
    if (bytes > kMaxMetadataBytes) return false;
  }
  return true;
}

Error refuse(std::string_view what) {
  return Error{fmt::format("metadata: {}; not a usable MMDB file", what)};
}

}  // namespace

Result<Layout> read_layout(std::string_view file, const MmdbLimits& limits) {
  if (file.size() > std::numeric_limits<uint32_t>::max()) return Error{"file larger than 4 GiB; refused"};
  const size_t tail_size = std::min(file.size(), kMaxMetadataBytes + kMetadataMarker.size());
  const size_t tail_start = file.size() - tail_size;
  const size_t marker = file.substr(tail_start).rfind(kMetadataMarker);
  if (marker == std::string_view::npos) return refuse("the marker is missing");
  const size_t metadata_start = tail_start + marker + kMetadataMarker.size();
  const std::string_view section = file.substr(metadata_start);

  DataChecker checker(section, limits);
  if (!checker.check(0)) return refuse(checker.error());
  Layout layout;
  const auto number = [&](std::string_view key, Type type, uint64_t& value) {
    const auto field = find(section, key);
    if (!field || field->type != type) return false;
    value = read_unsigned(section, *field);
    return true;
  };
  uint64_t nodes = 0, bits = 0, version = 0, major = 0;
  if (!number("binary_format_major_version", Type::kUint16, major) || major != 2) {
    return refuse("'binary_format_major_version' is not 2");
  }
  if (!number("node_count", Type::kUint32, nodes) || nodes == 0)
    return refuse("'node_count' is missing or 0");
  if (!number("record_size", Type::kUint16, bits) || (bits != 24 && bits != 28 && bits != 32)) {
    return refuse("'record_size' is not 24, 28 or 32");
  }
  if (!number("ip_version", Type::kUint16, version) || (version != 4 && version != 6)) {
    return refuse("'ip_version' is not 4 or 6");
  }
  if (!number("build_epoch", Type::kUint64, layout.build_epoch) || layout.build_epoch == 0 ||
      layout.build_epoch > kLatestEpoch) {
    return refuse("'build_epoch' is missing, 0 or after the year 9999");
  }
  const auto type = find(section, "database_type");
  if (!type || type->type != Type::kString) return refuse("'database_type' is missing");

  // libmaxminddb refuses such metadata too, but leaks about 5 KB each time.
  for (const auto& [key, wanted, what] :
       {std::tuple{"languages", Type::kArray, "a list of texts of 128 KiB at most"},
        std::tuple{"description", Type::kMap, "a map of texts of 128 KiB at most"}}) {
    const auto field = find(section, key);
    if (field && (field->type != wanted || !holds_strings(section, *field)))
      return refuse(fmt::format("'{}' is not {}", key, what));
  }

  const uint64_t tree_bytes = nodes * (bits / 4);
  const size_t data_end = tail_start + marker;
  if (tree_bytes + kSeparatorBytes > data_end)
    return refuse(fmt::format("{} nodes do not fit the file", nodes));
  if (file.substr(tree_bytes, kSeparatorBytes).find_first_not_of('\0') != std::string_view::npos) {
    return refuse("no 16 zero bytes where the tree should end");
  }
  layout.node_count = static_cast<uint32_t>(nodes);
  layout.record_bits = static_cast<uint16_t>(bits);
  layout.ip_version = static_cast<uint16_t>(version);
  layout.database_type = section.substr(type->payload, type->value);
  layout.tree = file.substr(0, tree_bytes);
  layout.data = file.substr(tree_bytes + kSeparatorBytes, data_end - tree_bytes - kSeparatorBytes);
  return layout;
}

}  // namespace abm::ipdb::mmdb
