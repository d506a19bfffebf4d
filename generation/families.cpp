#include "generation/families.h"

#include <unordered_map>

#include <fmt/format.h>

#include "base/hash.h"

namespace abm::generation {
namespace {

using accounts::AccountView;
using accounts::InheritedField;
using accounts::Snapshot;
using accounts::TextField;

enum class Chain : uint8_t { kEnds, kCircle, kTooDeep };

/// Where the parents of `account`, which names one, lead.
Chain chain_of(const Snapshot& list, const AccountView& account) {
  std::string_view parent = account.text(TextField::kParent);
  for (uint32_t level = 0; level < accounts::kMaxLevels; ++level) {
    const auto above = list.find_id(parent);
    if (!above.has_value()) return Chain::kEnds;
    if (above->ordinal() == account.ordinal()) return Chain::kCircle;
    parent = above->text(TextField::kParent);
    if (parent.empty()) return Chain::kEnds;
  }
  return Chain::kTooDeep;
}

}  // namespace

void NamedAccounts::add(std::string_view id) {
  if (++count <= kNamed) ids.emplace_back(id);
}

std::string NamedAccounts::text() const {
  std::string out;
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool last = i + 1 == ids.size() && count == ids.size();
    out += fmt::format("{}'{}'", i == 0 ? "" : last ? " and " : ", ", ids[i]);
  }
  if (count > ids.size()) out += fmt::format(" and {} more", count - ids.size());
  return out;
}

Families families_of(const Snapshot& list) {
  Families out;
  std::unordered_map<uint64_t, uint32_t>
      sizes;  // of families, by the hash of their names; not of those alone
  for (uint32_t i = 0; i < list.size(); ++i) {
    const AccountView account = list.at(i);
    for (size_t field = 0; field < accounts::kInheritedFields; ++field)
      out.inherited[field] += account.inherited().has(static_cast<InheritedField>(field)) ? 1 : 0;
    const std::string_view parent = account.text(TextField::kParent);
    if (parent.empty()) continue;
    if (account.family() != account.id()) {
      ++sizes[hash64(account.family())];
    } else if (chain_of(list, account) == Chain::kCircle) {
      out.in_circles.add(account.id());
    } else {
      out.too_deep.add(account.id());
    }
    if (!list.find_id(parent).has_value()) out.without_parent.add(account.id());
  }
  for (const auto& [key, below] : sizes) {
    const uint32_t size = below + (list.find(key).has_value() ? 1 : 0);
    if (size < 2) continue;
    ++out.families;
    out.accounts += size;
  }
  return out;
}

std::string inherited_text(const Families& families) {
  std::string out;
  for (size_t i = 0; i < accounts::kInheritedFields; ++i) {
    if (families.inherited[i] == 0) continue;
    out += fmt::format("{}{} of {}", out.empty() ? "" : ", ", accounts::kInheritedFieldNames[i],
                       families.inherited[i]);
    if (out.find("account") == out.npos) out += families.inherited[i] == 1 ? " account" : " accounts";
  }
  return out;
}

std::optional<AccountView> inherited_from(const Snapshot& list, const AccountView& account,
                                          InheritedField field) {
  if (!account.inherited().has(field)) return std::nullopt;
  AccountView at = account;
  for (uint32_t level = 0; level < accounts::kMaxLevels; ++level) {
    const auto above = list.find_id(at.text(TextField::kParent));
    if (!above.has_value()) break;
    at = *above;
    if (at.inherited().has(field)) continue;
    const bool has = field == InheritedField::kTier       ? at.tier() != accounts::Tier::kUntiered
                     : field == InheritedField::kSegments ? at.segment_count() != 0
                                                          : !at.text(TextField::kOwner).empty();
    if (has) return at;
  }
  return std::nullopt;
}

}  // namespace abm::generation
