#include "tools/inherited.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "generation/families.h"

namespace abm::tools {
namespace {

using accounts::AccountView;
using accounts::InheritedField;
using accounts::kInheritedFields;

/// "" if the account has none.
std::string value_of(const AccountView& account, InheritedField field) {
  std::string text;
  switch (field) {
    case InheritedField::kTier:
      if (account.tier() != accounts::Tier::kUntiered) text = accounts::to_string(account.tier());
      break;
    case InheritedField::kOwner:
      text = account.text(accounts::TextField::kOwner);
      break;
    case InheritedField::kSegments:
      for (uint32_t i = 0; i < account.segment_count(); ++i)
        text += fmt::format("{}{}", i == 0 ? "" : ", ", account.segment(i));
      break;
  }
  return text;
}

/// "one-to-few from 'deere'".
std::string in_words(const generation::Generation& generation, const AccountView& account,
                     InheritedField field) {
  const std::string value = value_of(account, field);
  if (value.empty()) return "none";
  const auto from = generation::inherited_from(generation.accounts(), account, field);
  return from.has_value() ? fmt::format("{} from '{}'", value, from->id())
                          : fmt::format("{}, its own", value);
}

}  // namespace

std::vector<InheritedValue> inherited_values(const generation::Generation& generation,
                                             const AccountView& account) {
  std::vector<InheritedValue> values;
  for (size_t i = 0; i < kInheritedFields; ++i) {
    const auto field = static_cast<InheritedField>(i);
    const auto from = generation::inherited_from(generation.accounts(), account, field);
    if (from.has_value())
      values.push_back(
          {accounts::kInheritedFieldNames[i], value_of(account, field), std::string(from->id())});
  }
  return values;
}

std::vector<InheritedChange> inherited_changes(const generation::Generation& from,
                                               const generation::Generation& to,
                                               const std::vector<std::string>& ids) {
  std::vector<InheritedChange> changes;
  for (const std::string& id : ids) {
    const auto before = from.accounts().find_id(id), after = to.accounts().find_id(id);
    if (!before.has_value() || !after.has_value()) continue;
    for (size_t i = 0; i < kInheritedFields; ++i) {
      const auto field = static_cast<InheritedField>(i);
      if (!before->inherited().has(field) && !after->inherited().has(field)) continue;
      InheritedChange change{id, accounts::kInheritedFieldNames[i], in_words(from, *before, field),
                             in_words(to, *after, field)};
      if (change.from != change.to) changes.push_back(std::move(change));
    }
  }
  return changes;
}

}  // namespace abm::tools
