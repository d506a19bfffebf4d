// The parts of the MaxMind DB File Format 2.0 that reader, writer and validator share:
// numbers, tree records, fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abm::ipdb::mmdb {

inline constexpr std::string_view kMetadataMarker = "\xab\xcd\xefMaxMind.com";
inline constexpr size_t kMaxMetadataBytes = 128u << 10;  ///< at the file's end, where the marker is searched
inline constexpr size_t kSeparatorBytes = 16;            ///< zeros between tree and data
inline constexpr unsigned kIpv4Depth = 96;               ///< tree depth of ::/96, where IPv4 lives

/// "Data Field Format" in the specification; 12 and 13 are for caches and never valid in a file.
enum class Type : uint8_t {
  kPointer = 1,
  kString = 2,
  kDouble = 3,
  kBytes = 4,
  kUint16 = 5,
  kUint32 = 6,
  kMap = 7,
  kInt32 = 8,
  kUint64 = 9,
  kUint128 = 10,
  kArray = 11,
  kBoolean = 14,
  kFloat = 15,
};

/// The head of a field. `value` is the target offset in the section for kPointer, 0 or 1 for kBoolean, the
/// number of entries for maps and arrays, otherwise the size of the payload in bytes.
struct Field {
  Type type = Type::kMap;
  uint32_t value = 0;
  uint64_t payload = 0;  ///< section offset after the head

  [[nodiscard]] bool is_container() const noexcept { return type == Type::kMap || type == Type::kArray; }
  /// Bytes of payload after the head, not counting a container's entries.
  [[nodiscard]] uint32_t payload_bytes() const noexcept {
    return is_container() || type == Type::kPointer || type == Type::kBoolean ? 0 : value;
  }
};

/// The head at `offset` of `section`; std::nullopt if it crosses the end or its type is not in the format.
/// Does not look at the payload.
[[nodiscard]] std::optional<Field> read_field(std::string_view section, uint64_t offset) noexcept;

/// Big-endian payload of at most eight bytes.
[[nodiscard]] uint64_t read_unsigned(std::string_view section, const Field& field) noexcept;

/// Record `side` (0 left, 1 right) of `node`. `record_bits` is 24, 28 or 32; the node is in the tree.
[[nodiscard]] inline uint32_t read_record(const uint8_t* tree, uint32_t node, unsigned side,
                                          unsigned record_bits) noexcept {
  const uint8_t* p = tree + static_cast<uint64_t>(node) * (record_bits / 4);
  const auto three = [](const uint8_t* b) {
    return static_cast<uint32_t>(b[0]) << 16 | static_cast<uint32_t>(b[1]) << 8 | b[2];
  };
  if (record_bits == 24) return three(p + 3 * side);
  if (record_bits == 28) {
    return side == 0 ? static_cast<uint32_t>(p[3] >> 4) << 24 | three(p)
                     : static_cast<uint32_t>(p[3] & 15) << 24 | three(p + 4);
  }
  p += 4 * side;
  return static_cast<uint32_t>(p[0]) << 24 | three(p + 1);
}

/// Appends one node; both values fit `record_bits`.
void append_node(std::string& out, uint32_t left, uint32_t right, unsigned record_bits);

/// Bit `depth` (0 is the most significant) of a 128-bit address.
[[nodiscard]] inline unsigned bit_at(const uint8_t* address, unsigned depth) noexcept {
  return address[depth / 8] >> (7 - depth % 8) & 1u;
}

}  // namespace abm::ipdb::mmdb
