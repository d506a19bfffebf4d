// Writes MMDB files that no honest writer would: the test chooses every number in them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ipdb/mmdb_data_writer.h"
#include "ipdb/mmdb_format.h"

namespace abm::ipdb::testing {

/// Fields, byte by byte.
class RawData {
 public:
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(bytes_.size()); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void raw(std::string_view bytes) { bytes_ += bytes; }

  void head(mmdb::Type type, uint32_t size) {
    const auto number = static_cast<unsigned>(type);
    const unsigned form = size < 29 ? size : size < 285 ? 29 : size < 65821 ? 30 : 31;
    put((number < 8 ? number << 5 : 0) | form, 1);
    if (number >= 8) put(number - 7, 1);
    if (form >= 29) put(size - (form == 29 ? 29 : form == 30 ? 285 : 65821), form - 28);
  }
  void map(uint32_t entries) { head(mmdb::Type::kMap, entries); }
  void array(uint32_t entries) { head(mmdb::Type::kArray, entries); }
  void text(std::string_view value) {
    head(mmdb::Type::kString, static_cast<uint32_t>(value.size()));
    bytes_ += value;
  }
  /// The low `size` bytes of `bits`, whatever size the type takes.
  void number(mmdb::Type type, uint64_t bits, uint32_t size) {
    head(type, size);
    for (uint32_t i = size; i-- > 0;) put(i < 8 ? bits >> (8 * i) : 0, 1);
  }
  void boolean(bool value) { head(mmdb::Type::kBoolean, value ? 1 : 0); }
  /// Always the longest form.
  void pointer(uint32_t target) {
    put(0x38, 1);
    put(target, 4);
  }

 private:
  void put(uint64_t value, unsigned size) {
    while (size-- > 0) bytes_.push_back(static_cast<char>(value >> (8 * size) & 0xff));
  }

  std::string bytes_;
};

struct HostileMmdb {
  static constexpr uint32_t kNothing = 0xffffffff;
  /// The node value that leads to the record at `offset`.
  static constexpr uint32_t record(uint32_t offset) { return 0x80000000u | offset; }

  std::vector<std::array<uint32_t, 2>> nodes;  ///< a node's number, record(…) or kNothing
  std::string data;
  unsigned bits = 32;
  // What the metadata says.
  uint64_t node_count = UINT64_MAX;  ///< UINT64_MAX: the truth
  unsigned said_bits = 0;            ///< 0: the truth
  unsigned ip_version = 6;
  uint64_t build_epoch = 1;
  std::string database_type = "Hostile";
  std::function<void(RawData&)> languages = [](RawData& d) { d.array(0); };
  std::function<void(RawData&)> description = [](RawData& d) { d.map(0); };

  /// A balanced tree whose leaves are `offsets`, in order.
  void leaves(const std::vector<uint32_t>& offsets) {
    const auto inner = static_cast<uint32_t>(offsets.size()) - 1;
    const auto value = [&](uint32_t n) { return n < inner ? n : record(offsets[n - inner]); };
    for (uint32_t i = 0; i < inner; ++i) nodes.push_back({value(2 * i + 1), value(2 * i + 2)});
  }
  /// One record for every address.
  void everywhere(uint32_t offset = 0) { nodes = {{record(offset), record(offset)}}; }

  [[nodiscard]] std::string bytes() const {
    const auto count = static_cast<uint32_t>(nodes.size());
    const auto value = [&](uint32_t side) {
      return side == kNothing ? count : (side & 0x80000000u) != 0 ? count + 16 + (side & 0x7fffffffu) : side;
    };
    std::string file;
    for (const auto& node : nodes) mmdb::append_node(file, value(node[0]), value(node[1]), bits);
    file.append(16, '\0');
    file += data;
    file += mmdb::kMetadataMarker;
    RawData map;
    map.map(9);
    map.text("node_count");
    map.number(mmdb::Type::kUint32, node_count == UINT64_MAX ? count : node_count, 4);
    map.text("record_size");
    map.number(mmdb::Type::kUint16, said_bits == 0 ? bits : said_bits, 2);
    map.text("ip_version");
    map.number(mmdb::Type::kUint16, ip_version, 2);
    map.text("build_epoch");
    map.number(mmdb::Type::kUint64, build_epoch, 8);
    map.text("binary_format_major_version");
    map.number(mmdb::Type::kUint16, 2, 2);
    map.text("binary_format_minor_version");
    map.number(mmdb::Type::kUint16, 0, 2);
    map.text("database_type");
    map.text(database_type);
    map.text("languages");
    languages(map);
    map.text("description");
    description(map);
    return file + map.bytes();
  }
};

}  // namespace abm::ipdb::testing
