#include "ipdb/mmdb_tree.h"

#include <algorithm>

#include "ipdb/mmdb_format.h"

namespace abm::ipdb::mmdb {
namespace {

constexpr unsigned kAddressBits = 128;

struct Alias {
  std::array<uint8_t, 16> address;
  unsigned length;
};
// IPv4-mapped (RFC 4291 2.5.5.2) and 6to4 (RFC 3056). Not Teredo, which MaxMind's own writer aliases: what
// stands there is the address of the server that many strangers use.
constexpr Alias kAliases[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},
    {{0x20, 0x02}, 16},
};

}  // namespace

Tree::Tree() : nodes_(1) {}

bool Tree::paint(const IpPrefix& network, Slot slot) {
  std::array<uint8_t, 16> address = network.address.bytes;
  const unsigned length = std::min(network.tree_length(), kAddressBits);
  const bool in_ipv4_part =
      std::all_of(address.begin(), address.begin() + 12, [](uint8_t b) { return b == 0; });
  if (network.address.is_v4 || !in_ipv4_part) return paint_path(address.data(), length, slot);
  // ::/length without ::/96: the other half at each level on the way down.
  for (unsigned depth = length; depth < kIpv4Depth; ++depth) {
    address[depth / 8] = static_cast<uint8_t>(0x80u >> (depth % 8));
    if (!paint_path(address.data(), depth + 1, slot)) return false;
    address[depth / 8] = 0;
  }
  return true;
}

bool Tree::paint_path(const uint8_t* address, unsigned length, Slot slot) {
  if (length == 0) {
    nodes_[0].child = {slot, slot};
    return true;
  }
  if (nodes_.size() + length > kMaxNodes) return false;
  uint32_t node = 0;
  for (unsigned depth = 0; depth + 1 < length; ++depth) {
    const unsigned bit = bit_at(address, depth);
    Slot next = nodes_[node].child[bit];
    if (!is_node(next)) {
      if (next == slot) return true;
      // A leaf on the way becomes a node, both halves of which say what the leaf said.
      const Slot leaf = next;
      next = static_cast<Slot>(nodes_.size());
      nodes_.push_back(Node{{leaf, leaf}});
      nodes_[node].child[bit] = next;
    }
    node = next;
  }
  nodes_[node].child[bit_at(address, length - 1)] = slot;
  return true;
}

Tree::Slot Tree::merged(Slot slot, unsigned depth) {
  if (!is_node(slot)) return slot;
  // Depth is at most 128, and so is the recursion.
  for (unsigned side = 0; side < 2; ++side) {
    const Slot child = merged(nodes_[slot].child[side], depth + 1);
    nodes_[slot].child[side] = child;
  }
  const auto [left, right] = nodes_[slot].child;
  return depth > 0 && left == right && !is_node(left) ? left : slot;
}

Tree::Slot Tree::find(const uint8_t* address, unsigned length) const {
  Slot slot = 0;
  for (unsigned depth = 0; depth < length && is_node(slot); ++depth)
    slot = nodes_[slot].child[bit_at(address, depth)];
  return slot;
}

bool Tree::merge_and_alias() {
  merged(0, 0);
  static constexpr uint8_t kIpv4Part[16] = {};
  const Slot ipv4 = find(kIpv4Part, kIpv4Depth);
  for (const Alias& alias : kAliases) {
    const Slot there = find(alias.address.data(), alias.length);
    if (there == ipv4) continue;
    if (!paint_path(alias.address.data(), alias.length, ipv4)) return false;
  }
  // An alias to a single leaf may equal its neighbour; shared nodes are already merged and stay as they are.
  if (!is_node(ipv4)) merged(0, 0);
  return true;
}

std::vector<Tree::Node> Tree::ordered() const {
  std::vector<Node> order;
  std::vector<uint32_t> number(nodes_.size(), kEmpty);
  struct Visit {
    uint32_t node;
    uint32_t parent;
    unsigned side;
  };
  // The right sibling waits on the stack, so a node's left child directly follows it in the file.
  std::vector<Visit> waiting{{0, kEmpty, 0}};
  while (!waiting.empty()) {
    const Visit visit = waiting.back();
    waiting.pop_back();
    const bool is_new = number[visit.node] == kEmpty;
    if (is_new) {
      number[visit.node] = static_cast<uint32_t>(order.size());
      order.push_back(nodes_[visit.node]);
    }
    if (visit.parent != kEmpty) order[visit.parent].child[visit.side] = number[visit.node];
    if (!is_new) continue;
    for (unsigned side = 2; side-- > 0;) {
      const Slot child = nodes_[visit.node].child[side];
      if (is_node(child)) waiting.push_back({child, number[visit.node], side});
    }
  }
  return order;
}

}  // namespace abm::ipdb::mmdb
