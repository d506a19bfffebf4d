// A DOM in memory, and selectors matched on it from right to left, as in Selectors 4: what the matcher is
// compared with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "rewrite/select/selector.h"
#include "rewrite/select/selector_set.h"

namespace abm::rewrite {

struct Node {
  std::string name;
  std::map<std::string, std::string> attributes;  ///< by name in lower case, as the tokenizer gives it
  Space space = Space::kHtml;
  bool quirks = false;
  Node* parent = nullptr;  ///< nullptr for the root
  std::vector<std::unique_ptr<Node>> children;

  [[nodiscard]] size_t child_index() const;  ///< 1-based
  [[nodiscard]] size_t type_index() const;
  [[nodiscard]] const Node* previous() const;  ///< nullptr if first
};

[[nodiscard]] bool reference_matches(const SelectorList& list, const Node& node);

/// Trees and selectors over the same small set of names, so that they meet often.
[[nodiscard]] std::unique_ptr<Node> random_tree(std::mt19937& random, size_t nodes);
[[nodiscard]] SelectorList random_selectors(std::mt19937& random);

/// Nodes as the matcher sees them.
class NodeElement final : public Element {
 public:
  explicit NodeElement(const Node& node) : node_(node) {
    name = node.name;
    is_root = node.parent == nullptr;
    space = node.space;
    quirks = node.quirks;
    child_index = static_cast<uint32_t>(node.child_index());
    type_index = static_cast<uint32_t>(node.type_index());
  }
  [[nodiscard]] std::optional<std::string_view> attribute(
      std::string_view lower_name) const noexcept override {
    ++lookups;
    const auto found = node_.attributes.find(std::string(lower_name));
    if (found == node_.attributes.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] uint64_t attribute_bits() const noexcept override {
    uint64_t bits = 0;
    for (const auto& [attribute, value] : node_.attributes) bits |= attribute_bit(attribute);
    return bits;
  }
  mutable size_t lookups = 0;

 private:
  const Node& node_;
};

}  // namespace abm::rewrite
