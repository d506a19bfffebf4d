// The search tree while it is being built: networks painted over one another, then
// merged, aliased and numbered.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/ip_address.h"

namespace abm::ipdb::mmdb {

/// A binary trie over 128 address bits. A slot holds the number of a node or of a record, or nothing.
class Tree {
 public:
  using Slot = uint32_t;
  static constexpr Slot kEmpty = 0xffffffff;
  static constexpr Slot kRecordBit = 0x80000000;
  static constexpr size_t kMaxNodes = size_t{1} << 27;  ///< 1 GiB while building

  static constexpr Slot record_slot(uint32_t record) noexcept { return record | kRecordBit; }
  static constexpr bool is_node(Slot slot) noexcept { return (slot & kRecordBit) == 0; }

  struct Node {
    std::array<Slot, 2> child{kEmpty, kEmpty};
  };

  Tree();
  /// Paints `network` with `slot` (a record or kEmpty). IPv4 has ::/96: an IPv6 network that contains it
  /// leaves that part alone, and one inside it changes nothing. False: the tree has reached kMaxNodes,
  /// nothing was painted.
  bool paint(const IpPrefix& network, Slot slot);
  /// Replaces two equal leaves by one, everywhere, and points the aliases ::ffff:0:0/96 and
  /// 2002::/16 at the IPv4 part. After this the tree is complete.
  bool merge_and_alias();
  /// Nodes in depth-first order, as written to the file, the root first. Child slots of nodes are
  /// indexes into the result.
  [[nodiscard]] std::vector<Node> ordered() const;

 private:
  bool paint_path(const uint8_t* address, unsigned length, Slot slot);
  Slot merged(Slot slot, unsigned depth);
  [[nodiscard]] Slot find(const uint8_t* address, unsigned length) const;

  std::vector<Node> nodes_;  // the root is nodes_[0]
};

}  // namespace abm::ipdb::mmdb
