#include "generation/inheritance.h"

#include <algorithm>

#include "base/hash.h"

namespace abm::generation {
namespace {

using accounts::Account;
using accounts::InheritedField;
using accounts::TextField;
using accounts::Tier;

uint64_t parent_key_of(const Account& account) noexcept {
  const std::string& parent = account.text[static_cast<size_t>(TextField::kParent)];
  return parent.empty() ? 0 : hash64(parent);
}

const std::string& owner_of(const Account& account) noexcept {
  return account.text[static_cast<size_t>(TextField::kOwner)];
}

/// The place of `value` in `list`, where equal ones are kept once under `name`.
template <typename Value>
uint32_t place_of(std::vector<Value>& list, std::unordered_map<std::string, uint32_t>& places,
                  const std::string& name, const Value& value) {
  const auto [found, fresh] = places.try_emplace(name, static_cast<uint32_t>(list.size()));
  if (fresh) list.push_back(value);
  return found->second;
}

}  // namespace

void Inheritance::learn(const Account& account) {
  const std::string& owner = owner_of(account);
  Node node;
  node.parent = parent_key_of(account);
  if (fields_.has(InheritedField::kTier)) node.tier = account.tier;
  if (fields_.has(InheritedField::kOwner) && !owner.empty())
    node.owner = place_of(owners_, owner_places_, owner, owner);
  if (fields_.has(InheritedField::kSegments) && !account.segments.empty()) {
    std::string name;
    for (const std::string& segment : account.segments) name.append(segment).push_back('\0');
    node.segments = place_of(segments_, segment_places_, name, account.segments);
  }
  if (node.parent == 0 && node.tier == Tier::kUntiered && node.owner == 0 && node.segments == 0) return;
  node.key = hash64(account.id());
  nodes_.push_back(node);
}

void Inheritance::settle() {
  owner_places_.clear();
  segment_places_.clear();
  std::vector<uint64_t> named;
  for (const Node& node : nodes_) {
    if (node.parent != 0) named.push_back(node.parent);
  }
  std::sort(named.begin(), named.end());
  std::erase_if(nodes_,
                [&](const Node& node) { return !std::binary_search(named.begin(), named.end(), node.key); });
  nodes_.shrink_to_fit();
  std::sort(nodes_.begin(), nodes_.end(), [](const Node& a, const Node& b) { return a.key < b.key; });
}

const Inheritance::Node* Inheritance::find(uint64_t key) const noexcept {
  const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), key,
                                      [](const Node& node, uint64_t wanted) { return node.key < wanted; });
  return found == nodes_.end() || found->key != key ? nullptr : &*found;
}

std::vector<const Inheritance::Node*> Inheritance::above(const Account& account) const {
  std::vector<const Node*> chain;
  const uint64_t own = hash64(account.id());
  uint64_t next = parent_key_of(account);
  while (next != 0) {
    if (next == own || chain.size() == accounts::kMaxLevels) return {};
    const Node* const node = find(next);
    if (node == nullptr) break;
    chain.push_back(node);
    next = node->parent;
  }
  return chain;
}

void Inheritance::apply(Account& account) const {
  std::string& owner = account.text[static_cast<size_t>(TextField::kOwner)];
  bool lacks_tier = fields_.has(InheritedField::kTier) && account.tier == Tier::kUntiered;
  bool lacks_segments = fields_.has(InheritedField::kSegments) && account.segments.empty();
  bool lacks_owner = fields_.has(InheritedField::kOwner) && owner.empty();
  if (!lacks_tier && !lacks_segments && !lacks_owner) return;
  for (const Node* const node : above(account)) {
    if (lacks_tier && node->tier != Tier::kUntiered) {
      account.tier = node->tier;
      account.inherited.add(InheritedField::kTier);
      lacks_tier = false;
    }
    if (lacks_segments && node->segments != 0) {
      account.segments = segments_[node->segments];
      account.inherited.add(InheritedField::kSegments);
      lacks_segments = false;
    }
    if (lacks_owner && node->owner != 0) {
      owner = owners_[node->owner];
      account.inherited.add(InheritedField::kOwner);
      lacks_owner = false;
    }
  }
}

}  // namespace abm::generation
