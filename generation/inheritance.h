// What an account without a tier, segments or an owner of its own takes from the one that its `parent` names.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "accounts/account.h"

namespace abm::generation {

/// Two passes over the same accounts, since a parent may come after those that name it: learn() each,
/// settle() once, then apply(). Memory: 32 bytes for each account until settle(), then for each that another
/// one names; equal lists of segments and equal owners are kept once.
class Inheritance {
 public:
  explicit Inheritance(accounts::InheritedSet fields) : fields_(fields) {}

  void learn(const accounts::Account& account);
  void settle();
  /// Gives the account what it lacks, from the nearest of those above it that has it itself, at most
  /// accounts::kMaxLevels up. An account whose parents go round in a circle, or on beyond that, takes
  /// nothing; a parent that is not on the list has nothing to give.
  void apply(accounts::Account& account) const;

 private:
  /// An account with something to give, or with a parent to ask.
  struct Node {
    uint64_t key = 0;       ///< XXH3-64 of its id
    uint64_t parent = 0;    ///< the same of its parent's; 0: none
    uint32_t owner = 0;     ///< place in owners_; 0: none
    uint32_t segments = 0;  ///< place in segments_; 0: none
    accounts::Tier tier = accounts::Tier::kUntiered;
  };
  [[nodiscard]] const Node* find(uint64_t key) const noexcept;
  /// The accounts above `account`, nearest first; none where they have no end within bounds.
  [[nodiscard]] std::vector<const Node*> above(const accounts::Account& account) const;

  accounts::InheritedSet fields_;
  std::vector<Node> nodes_;  ///< by key once settled
  std::vector<std::string> owners_ = {""};
  std::vector<std::vector<std::string>> segments_ = {{}};
  std::unordered_map<std::string, uint32_t> owner_places_, segment_places_;
};

}  // namespace abm::generation
